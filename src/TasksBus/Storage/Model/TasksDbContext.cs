using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;

namespace TasksBus.Storage.Model;

/// <summary>The schema: source of the migrations, and of the queries that are not hot.</summary>
public abstract class TasksDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<WaitingRow> Waiting => Set<WaitingRow>();

    public DbSet<RunningRow> Running => Set<RunningRow>();

    public DbSet<FinishedRow> Finished => Set<FinishedRow>();

    public DbSet<LogRow> Logs => Set<LogRow>();

    public DbSet<FunctionRow> Functions => Set<FunctionRow>();

    public DbSet<FunctionsRevisionRow> FunctionsRevision => Set<FunctionsRevisionRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    /// <summary>The time on the database's clock, in microseconds.</summary>
    public abstract Task<long> NowAsync(CancellationToken cancellationToken);

    /// <summary>How the database writes that a row is ready, and that it is not.</summary>
    protected abstract (string Yes, string No) IsReady { get; }

    /// <summary>A page of the tasks that match, newest first, and how many there are in all.</summary>
    public async Task<(IReadOnlyList<TaskId> Page, long Total)> FindAsync(TaskFilter filter, int limit, long offset, CancellationToken cancellationToken)
    {
        if (filter.MatchesNothing)
        {
            return ([], 0);
        }

        IQueryable<TaskRow> tasks = Tasks;
        if (filter.Id is { } id)
        {
            var text = id.ToString();
            tasks = tasks.Where(task => task.Id == text);
        }

        if (filter.FunctionName is { } name)
        {
            tasks = tasks.Where(task => task.FunctionName == name);
        }

        tasks = filter.Status switch
        {
            null => tasks,
            TaskStates.New => tasks.Where(task => Waiting.Any(row => row.Number == task.Number)),
            TaskStates.InProgress => tasks.Where(task => Running.Any(row => row.Number == task.Number)),
            { } status => tasks.Where(task => Finished.Any(row => row.Number == task.Number && row.Status == status)),
        };
        var total = await tasks.LongCountAsync(cancellationToken);
        // Numbers are given in the order of creation, so the newest number is the newest task.
        var page = await tasks.OrderByDescending(task => task.Number).Skip((int)Math.Min(offset, int.MaxValue)).Take(limit)
            .Select(task => task.Id).ToListAsync(cancellationToken);
        return (page.ConvertAll(TaskId.Parse), total);
    }

    /// <summary>The log of a task, or null where it left none.</summary>
    public async Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken)
    {
        var text = id.ToString();
        var row = await Tasks.Where(task => task.Id == text).Join(Logs, task => task.Number, log => log.Number, (_, log) => log)
            .SingleOrDefaultAsync(cancellationToken);
        return row is null ? null : new(row.Text, Microseconds.ToTime(row.ReceivedAt));
    }

    /// <summary>What the managed functions mean for tasks.</summary>
    public async Task<FunctionPolicies> FunctionPoliciesAsync(CancellationToken cancellationToken)
    {
        // First: functions that change meanwhile are then newer than the revision, and are read again.
        var revision = await FunctionsRevision.Select(static row => row.Revision).SingleAsync(cancellationToken);
        var functions = await Functions.Where(static row => row.Step != FunctionStep.Creating)
            .Select(static row => new { row.Name, row.IsEnabled, row.TimeLimit, row.DefaultPriority, row.IsRetried, row.ErrorsToRetry }).ToListAsync(cancellationToken);
        return new(revision, functions.Select(static row => KeyValuePair.Create(row.Name, new FunctionPolicy(
            row.IsEnabled, TimeSpan.FromSeconds(row.TimeLimit), row.DefaultPriority, row.IsRetried,
            row.ErrorsToRetry is { } names ? JsonSerializer.Deserialize<string[]>(names)! : []))));
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.ToTable("tasks").HasKey(row => row.Number);
            task.Property(row => row.Number).ValueGeneratedOnAdd();
            task.HasIndex(row => row.Id).IsUnique();
            task.HasIndex(row => new { row.FunctionName, row.Number });
        });
        modelBuilder.Entity<WaitingRow>(waiting =>
        {
            Keyed(waiting.ToTable("waiting_tasks"));
            waiting.HasIndex(row => new { row.Pool, row.Priority, row.StartAt, row.Number }).IsDescending(false, true, false, false).HasFilter(IsReady.Yes);
            waiting.HasIndex(row => row.DueAt).HasFilter(IsReady.No);
        });
        modelBuilder.Entity<RunningRow>(running => Keyed(running.ToTable("running_tasks")));
        modelBuilder.Entity<FinishedRow>(finished =>
        {
            Keyed(finished.ToTable("finished_tasks"));
            finished.HasIndex(row => new { row.Status, row.Number });
        });
        modelBuilder.Entity<EventRow>().ToTable("event_outbox").HasKey(row => row.Position);
        modelBuilder.Entity<LogRow>(log => Keyed(log.ToTable("task_logs")));
        modelBuilder.Entity<WorkerEntry>().ToTable("workers").HasKey(row => row.Id);
        modelBuilder.Entity<WorkerCountRow>().ToTable("worker_counts").HasKey(row => new { row.WorkerId, row.IsEnded });
        modelBuilder.Entity<LeaderRow>(leader =>
        {
            leader.ToTable("leader").HasKey(row => row.Id);
            leader.Property(row => row.Id).ValueGeneratedNever();
        });
        modelBuilder.Entity<FunctionRow>().ToTable("functions").HasKey(row => row.Name);
        modelBuilder.Entity<FunctionsRevisionRow>(revision =>
        {
            revision.ToTable("functions_revision").HasKey(row => row.Id);
            revision.Property(row => row.Id).ValueGeneratedNever();
            revision.HasData(new FunctionsRevisionRow { Id = 1, Revision = Guid.Empty });
        });

        modelBuilder.Entity<ApiKeyRow>().ToTable("api_keys").HasKey(row => row.Name);
        modelBuilder.Entity<ApiKeyRow>().HasIndex(row => row.Hash).IsUnique();

        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
            }
        }
    }

    /// <summary>The key is the task's number.</summary>
    private static void Keyed<T>(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<T> rows)
        where T : class
    {
        rows.HasKey("Number");
        rows.Property<long>("Number").ValueGeneratedNever();
    }

    private static string SnakeCase(string name) =>
        string.Concat(name.Select(static (letter, i) => i > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
