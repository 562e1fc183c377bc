using Microsoft.EntityFrameworkCore;

namespace TasksBus.Storage.Model;

/// <summary>The schema: source of the migrations, and of the queries that are not hot.</summary>
public class TasksDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<LogRow> Logs => Set<LogRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.ToTable("tasks").HasKey(row => row.Number);
            task.Property(row => row.Number).ValueGeneratedOnAdd();
            task.HasIndex(row => row.Id).IsUnique();
            task.HasIndex(row => row.DeadlineAt).HasFilter("deadline_at is not null");
            task.HasIndex(row => row.WorkerId).HasFilter("status = 'inProgress'");
            task.HasIndex(row => new { row.Status, row.Number });
            task.HasOne(row => row.Details).WithOne().HasForeignKey<TaskDetailsRow>(row => row.Number);
        });
        modelBuilder.Entity<TaskDetailsRow>(details =>
        {
            details.ToTable("task_details").HasKey(row => row.Number);
            details.HasIndex(row => new { row.FunctionName, row.Number });
        });
        modelBuilder.Entity<ReadyRow>(ready =>
        {
            ready.ToTable("ready_queue").HasKey(row => row.Number);
            ready.Property(row => row.Number).ValueGeneratedNever();
            ready.HasIndex(row => new { row.Pool, row.Priority, row.StartAt, row.Number }).IsDescending(false, true, false, false).HasFilter("is_ready = 1");
            ready.HasIndex(row => row.DueAt).HasFilter("is_ready = 0");
        });
        modelBuilder.Entity<EventRow>().ToTable("event_outbox").HasKey(row => row.Position);
        modelBuilder.Entity<LogRow>(log =>
        {
            log.ToTable("task_logs").HasKey(row => row.Number);
            log.Property(row => row.Number).ValueGeneratedNever();
        });
        modelBuilder.Entity<WorkerEntry>().ToTable("workers").HasKey(row => row.Id);
        modelBuilder.Entity<LeaderRow>(leader =>
        {
            leader.ToTable("leader").HasKey(row => row.Id);
            leader.Property(row => row.Id).ValueGeneratedNever();
        });

        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
            }
        }
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select(static (letter, i) => i > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
