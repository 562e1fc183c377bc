using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using TasksBus.Contracts;
using TasksBus.Storage.Model;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.PostgreSql;

/// <summary>The schema on PostgreSQL. Its migrations are in the folder Migrations.</summary>
internal sealed class PostgresTasksDbContext(DbContextOptions<PostgresTasksDbContext> options) : TasksDbContext(options)
{
    /// <summary>
    /// The collation of our own words, which belong to no language. So an upgrade of the system's locales changes no index.
    /// </summary>
    private const string Bytes = "C";

    /// <summary>The pending list of a GIN index is kept short, because the one who stores a task when it is full has to sort it.</summary>
    private const int PendingListKilobytes = 512;

    /// <summary>An id takes 16 bytes as a uuid, and 25 as text.</summary>
    private static readonly ValueConverter<string, Guid> s_id = new(
        static text => TaskId.Parse(text).ToGuid(), static id => TaskId.FromGuid(id).ToString());

    public DbSet<KeyRow> Keys => Set<KeyRow>();

    internal override SqlDialect Dialect { get; } = new PostgresDialect();

    protected override (string Yes, string No) IsReady => ("is_ready", "not is_ready");

    public override async Task<long> NowAsync(CancellationToken cancellationToken) =>
        await Database.SqlQuery<long>($"select (extract(epoch from now()) * 1000000)::bigint as \"Value\"").SingleAsync(cancellationToken);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        AddTasks(modelBuilder);
        AddDefinitions(modelBuilder);
        AddRecords(modelBuilder);
        base.OnModelCreating(modelBuilder);
    }

    /// <summary>Tasks and requests, in all their places.</summary>
    private static void AddTasks(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.Property(row => row.Id).HasConversion(s_id).IsRequired();
            task.Property(row => row.ScheduleId).HasConversion(s_id!);
            task.Property(row => row.EventId).HasConversion(s_id!);
            task.Property(row => row.FunctionName).UseCollation(Bytes);
            task.Property(row => row.Pool).UseCollation(Bytes);
            task.Property(row => row.Reference).UseCollation(Bytes);
            task.Property(row => row.Publisher).UseCollation(Bytes);
            task.Property(row => row.Data).HasColumnType("json");
            task.Property(row => row.Tags).HasColumnType("jsonb");
            task.Property(row => row.RetryForTaskIds).HasColumnType("jsonb");
            // Tasks without tags cost nothing in this index. The index on data is on an expression, so it is in a migration.
            task.HasIndex(row => row.Tags).HasMethod("gin").HasStorageParameter("gin_pending_list_limit", PendingListKilobytes)
                .HasFilter("tags is not null");
        });
        modelBuilder.Entity<WaitingRow>(waiting =>
        {
            waiting.Property(row => row.Id).HasConversion(s_id).IsRequired();
            waiting.Property(row => row.Pool).UseCollation(Bytes);
        });
        modelBuilder.Entity<RunningRow>().Property(row => row.Id).HasConversion(s_id).IsRequired();
        modelBuilder.Entity<FinishedRow>().Property(row => row.Status).UseCollation(Bytes);
        modelBuilder.Entity<FinishedRow>().Property(row => row.RetriedByTaskId).HasConversion(s_id!);
        modelBuilder.Entity<ApiRequestRow>(request =>
        {
            request.Property(row => row.Id).HasConversion(s_id).IsRequired();
            request.Property(row => row.FunctionName).UseCollation(Bytes);
        });
    }

    /// <summary>What callers define: functions, schedules and triggers, and the events that these wait for.</summary>
    private static void AddDefinitions(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<FunctionRow>().Property(row => row.Name).UseCollation(Bytes);
        modelBuilder.Entity<ScheduleRow>(schedule =>
        {
            schedule.Property(row => row.Id).HasConversion(s_id).IsRequired();
            schedule.Property(row => row.LastTaskId).HasConversion(s_id!);
            schedule.Property(row => row.FunctionName).UseCollation(Bytes);
            schedule.Property(row => row.Data).HasColumnType("json");
            schedule.Property(row => row.Tags).HasColumnType("jsonb");
        });
        modelBuilder.Entity<TriggerRow>(trigger =>
        {
            trigger.Property(row => row.Id).HasConversion(s_id).IsRequired();
            trigger.Property(row => row.EventType).UseCollation(Bytes);
            trigger.Property(row => row.Name).UseCollation(Bytes);
            trigger.Property(row => row.Tags).HasColumnType("jsonb");
            trigger.Property(row => row.Actions).HasColumnType("json");
        });
        modelBuilder.Entity<RaisedEventRow>(raised =>
        {
            raised.Property(row => row.Id).HasConversion(s_id).IsRequired();
            raised.Property(row => row.RaisedByTaskId).HasConversion(s_id!);
            raised.Property(row => row.Type).UseCollation(Bytes);
            raised.Property(row => row.Content).HasColumnType("json");
        });
    }

    /// <summary>What the servers keep for themselves.</summary>
    private static void AddRecords(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<HistoryRow>().Property(row => row.FunctionName).UseCollation(Bytes);
        modelBuilder.Entity<BulkOperationRow>().Property(row => row.Id).HasConversion(s_id).IsRequired();
        modelBuilder.Entity<ApiKeyRow>().Property(row => row.Name).UseCollation(Bytes);
        modelBuilder.Entity<KeyRow>(key =>
        {
            key.ToTable("data_protection_keys").HasKey(row => row.Number);
            key.Property(row => row.Number).UseIdentityByDefaultColumn();
        });
        modelBuilder.Entity<InstallationRow>(installation =>
        {
            installation.ToTable("installation").HasKey(row => row.Id);
            installation.Property(row => row.Id).ValueGeneratedNever();
        });
    }

    /// <summary>Used by the tool that writes migrations.</summary>
    internal sealed class Factory : IDesignTimeDbContextFactory<PostgresTasksDbContext>
    {
        public PostgresTasksDbContext CreateDbContext(string[] args) =>
            new(new DbContextOptionsBuilder<PostgresTasksDbContext>().UseNpgsql("Host=localhost").Options);
    }
}

/// <summary>The one row that identifies the server on which this database was last seen.</summary>
internal sealed class InstallationRow
{
    public int Id { get; set; }

    /// <summary>The server's system identifier.</summary>
    public string System { get; set; } = "";

    /// <summary>The server's timeline. It changes with a promotion or a restore to a point in time.</summary>
    public string Timeline { get; set; } = "";

    /// <summary>Why nothing is released until an operator allows it.</summary>
    public string? HeldBecause { get; set; }
}

/// <summary>A key with which the members of a cluster encrypt, in the form of ASP.NET Data Protection.</summary>
internal sealed class KeyRow
{
    public long Number { get; set; }
    public string Xml { get; set; } = "";
}
