using Microsoft.EntityFrameworkCore;
using TasksBus.Contracts;
using TasksBus.Storage.Queries;

namespace TasksBus.Storage.Model;

/// <summary>The schema. It is the source of the migrations and of the queries that are not hot.</summary>
internal abstract class TasksDbContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<TaskRow> Tasks => Set<TaskRow>();

    public DbSet<WaitingRow> Waiting => Set<WaitingRow>();

    public DbSet<RunningRow> Running => Set<RunningRow>();

    public DbSet<FinishedRow> Finished => Set<FinishedRow>();

    public DbSet<LogRow> Logs => Set<LogRow>();

    public DbSet<ApiRequestRow> ApiRequests => Set<ApiRequestRow>();

    public DbSet<ApiRequestLogRow> ApiRequestLogs => Set<ApiRequestLogRow>();

    public DbSet<FunctionRow> Functions => Set<FunctionRow>();

    public DbSet<FunctionPoolRow> FunctionPools => Set<FunctionPoolRow>();

    public DbSet<ScheduleRow> Schedules => Set<ScheduleRow>();

    public DbSet<TriggerRow> Triggers => Set<TriggerRow>();

    public DbSet<RaisedEventRow> RaisedEvents => Set<RaisedEventRow>();

    public DbSet<BulkOperationRow> BulkOperations => Set<BulkOperationRow>();

    public DbSet<HistoryRow> History => Set<HistoryRow>();

    public DbSet<FunctionsRevisionRow> FunctionsRevision => Set<FunctionsRevisionRow>();

    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    /// <summary>The database's SQL for queries.</summary>
    internal abstract SqlDialect Dialect { get; }

    /// <summary>The time on the database's clock, in microseconds.</summary>
    public abstract Task<long> NowAsync(CancellationToken cancellationToken);

    /// <summary>The database's SQL for rows that are ready and rows that are not.</summary>
    protected abstract (string Yes, string No) IsReady { get; }

    /// <summary>The log of a task, or null when it left none.</summary>
    public async Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken)
    {
        var text = id.ToString();
        var row = await Tasks.Where(task => task.Id == text).Join(Logs, task => task.Number, log => log.Number, (_, log) => log)
            .SingleOrDefaultAsync(cancellationToken);
        // A row may have a result alone.
        return row is null or { Text: "", RequestId: null } ? null : new(row.Text, Microseconds.ToTime(row.ReceivedAt), row.RequestId);
    }

    /// <summary>Makes every process read the functions again before the next step that is computed from them.</summary>
    public Task<int> RenewFunctionsAsync()
    {
        var revision = Guid.NewGuid();
        return FunctionsRevision.ExecuteUpdateAsync(set => set.SetProperty(static row => row.Revision, revision));
    }

    /// <summary>What the managed functions mean for tasks.</summary>
    /// <param name="known">The functions as they were read before. They are returned again when nothing has changed since.</param>
    public async Task<FunctionPolicies> FunctionPoliciesAsync(FunctionPolicies known, CancellationToken cancellationToken)
    {
        // The revision is read first. If functions change meanwhile, they are newer than the revision and are read again.
        var revision = await FunctionsRevision.Select(static row => row.Revision).SingleAsync(cancellationToken);
        if (revision == known.Revision)
        {
            return known;
        }

        var functions = await Functions.Where(static row => row.Step != FunctionStep.Creating)
            .Select(
                static row => new
                {
                    row.Name,
                    row.IsEnabled,
                    row.TimeLimit,
                    row.DefaultPriority,
                    row.IsRetried,
                    row.ErrorsToRetry,
                    row.PermissionMode,
                    row.Account,
                }).ToListAsync(cancellationToken);
        var pools = await FunctionPools.ToDictionaryAsync(static row => row.FunctionName, static row => row.Pool, cancellationToken);
        return new(revision, functions.Select(static row => KeyValuePair.Create(row.Name, new FunctionPolicy(
            row.IsEnabled, TimeSpan.FromSeconds(row.TimeLimit), row.DefaultPriority, row.IsRetried,
            StoredTexts.Read(row.ErrorsToRetry))
        {
            PermissionMode = row.PermissionMode,
            Account = row.Account,
        })), pools);
    }

    /// <summary>The schedules whose tick is due, the longest due first, and the time of the next tick of the other schedules.</summary>
    /// <param name="now">The time on the store's clock.</param>
    /// <param name="except">Schedules that are left out.</param>
    public async Task<DueSchedules> DueSchedulesAsync(
        long now, IReadOnlyCollection<string> except, int limit, CancellationToken cancellationToken)
    {
        List<object> values = [now, limit, RqlSearch.MaxPageData, .. except.Select(id => Dialect.IdValue(TaskId.Parse(id)))];
        var others = string.Concat(Enumerable.Range(3, except.Count).Select(static place => $" and id <> {{{place}}}"));
        // The inputs may be large. Their size is limited as on a page of a list; the remaining schedules come with the next look.
        var sql =
            $$"""
            select * from (
                select s.*, row_number() over (order by next_at, id) as place,
                    sum(coalesce({{Dialect.JsonBytes("data")}}, 0)) over (order by next_at, id) as bytes
                from (select * from schedules where next_at <= {0}{{others}} order by next_at, id limit {1}) s) sized
            where place = 1 or bytes <= {2}
            """;
        var due = await Schedules.FromSqlRaw(sql, [.. values]).OrderBy(static row => row.NextAt).ThenBy(static row => row.Id)
            .ToListAsync(cancellationToken);
        string[] seen = [.. except, .. due.Select(static row => row.Id)];
        return new(
            due.ConvertAll(static row => row.ToSchedule()), now,
            await Schedules.Where(row => row.NextAt != null && !seen.Contains(row.Id)).OrderBy(static row => row.NextAt).Select(
                static row => row.NextAt).FirstOrDefaultAsync(cancellationToken));
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        MapTasks(modelBuilder);
        MapRequests(modelBuilder);
        MapMembers(modelBuilder);
        MapDefinitions(modelBuilder);
        MapTriggers(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(static entity => entity.GetProperties()))
        {
            property.SetColumnName(SnakeCase(property.Name));
        }
    }

    private void MapTasks(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TaskRow>(task =>
        {
            task.ToTable("tasks").HasKey(row => row.Number);
            task.Property(row => row.Number).ValueGeneratedOnAdd();
            task.Property(row => row.Depth).HasDefaultValue((short)0);
            task.HasIndex(row => row.Id).IsUnique();
            task.HasIndex(row => new { row.FunctionName, row.Number });
            task.HasIndex(row => row.CreatedAt);
            task.HasIndex(row => row.StartAt);
            task.HasIndex(row => new { row.Reference, row.Number }).HasFilter("reference is not null");
            task.HasIndex(row => new { row.ScheduleId, row.Number }).HasFilter("schedule_id is not null");
            task.HasIndex(row => new { row.EventId, row.Number }).HasFilter("event_id is not null");
        });
        modelBuilder.Entity<WaitingRow>(waiting =>
        {
            Keyed(waiting.ToTable("waiting_tasks"));
            waiting.HasIndex(row => new { row.Pool, row.Priority, row.StartAt, row.Number }).IsDescending(false, true, false, false)
                .HasFilter(IsReady.Yes);
            waiting.HasIndex(row => new { row.Pool, row.DueAt }).HasFilter(IsReady.No);
            waiting.HasIndex(row => row.NotRunSince).HasFilter("not_run_since is not null");
        });
        modelBuilder.Entity<RunningRow>(running => Keyed(running.ToTable("running_tasks")));
        modelBuilder.Entity<FinishedRow>(finished =>
        {
            Keyed(finished.ToTable("finished_tasks"));
            finished.HasIndex(row => new { row.Status, row.Number });
            finished.HasIndex(row => row.ChangedAt).HasFilter($"status = '{TaskStates.Failed}'");
        });
        modelBuilder.Entity<EventRow>().ToTable("event_outbox").HasKey(row => row.Position);
        modelBuilder.Entity<LogRow>(log =>
        {
            Keyed(log.ToTable("task_logs"));
            log.HasIndex(row => row.ReceivedAt);
        });
    }

    private static void MapRequests(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ApiRequestRow>(request =>
        {
            request.ToTable("api_requests").HasKey(row => row.Number);
            request.Property(row => row.Number).ValueGeneratedOnAdd();
            request.Property(row => row.Id).IsRequired();
            request.HasIndex(row => row.Id).IsUnique();
            request.HasIndex(row => new { row.RequestedAt, row.Number });
            request.HasIndex(row => new { row.FunctionName, row.RequestedAt });
        });
        modelBuilder.Entity<ApiRequestLogRow>(log => Keyed(log.ToTable("api_request_logs")));
    }

    private static void MapMembers(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<WorkerEntry>().ToTable("workers").HasKey(row => row.Id);
        modelBuilder.Entity<WorkerCountRow>().ToTable("worker_counts").HasKey(row => new { row.WorkerId, row.IsEnded });
        modelBuilder.Entity<LeaderRow>(leader =>
        {
            leader.ToTable("leader").HasKey(row => row.Id);
            leader.Property(row => row.Id).ValueGeneratedNever();
        });
    }

    private static void MapDefinitions(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<FunctionRow>().ToTable("functions").HasKey(row => row.Name);
        modelBuilder.Entity<FunctionPoolRow>().ToTable("function_pools").HasKey(row => row.FunctionName);
        modelBuilder.Entity<ScheduleRow>(schedule =>
        {
            schedule.ToTable("schedules").HasKey(row => row.Id);
            schedule.HasIndex(row => new { row.NextAt, row.Id });
            schedule.HasIndex(row => row.LastTaskId).HasFilter($"overlap = 'skip'");
            schedule.HasIndex(row => new { row.CreatedAt, row.Id });
        });
        modelBuilder.Entity<HistoryRow>().ToTable("task_history")
            .HasKey(row => new { row.Minute, row.FunctionName, row.ProcessId });
        modelBuilder.Entity<BulkOperationRow>(operation =>
        {
            operation.ToTable("bulk_operations").HasKey(row => row.Id);
            operation.HasIndex(row => new { row.CreatedAt, row.Id });
        });
        modelBuilder.Entity<FunctionsRevisionRow>(revision =>
        {
            revision.ToTable("functions_revision").HasKey(row => row.Id);
            revision.Property(row => row.Id).ValueGeneratedNever();
            revision.HasData(new FunctionsRevisionRow { Id = 1, Revision = Guid.Empty });
        });

        modelBuilder.Entity<ApiKeyRow>().ToTable("api_keys").HasKey(row => row.Name);
        modelBuilder.Entity<ApiKeyRow>().HasIndex(row => row.Hash).IsUnique();
    }

    private static void MapTriggers(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<TriggerRow>(trigger =>
        {
            trigger.ToTable("triggers").HasKey(row => row.Id);
            trigger.HasIndex(row => row.EventType);
            trigger.HasIndex(row => row.Name).IsUnique();
            trigger.HasIndex(row => new { row.CreatedAt, row.Id });
        });
        modelBuilder.Entity<RaisedEventRow>(raised =>
        {
            raised.ToTable("raised_events").HasKey(row => row.Number);
            raised.Property(row => row.Number).ValueGeneratedOnAdd();
            raised.Property(row => row.Id).IsRequired();
            raised.HasIndex(row => row.Id).IsUnique();
            raised.HasIndex(row => new { row.CreatedAt, row.Number });
            raised.HasIndex(row => new { row.Type, row.CreatedAt });
        });
    }

    /// <summary>Declares the task's number as the key.</summary>
    private static void Keyed<T>(Microsoft.EntityFrameworkCore.Metadata.Builders.EntityTypeBuilder<T> rows)
        where T : class
    {
        rows.HasKey("Number");
        rows.Property<long>("Number").ValueGeneratedNever();
    }

    private static string SnakeCase(string name) =>
        string.Concat(
            name.Select(
                static (letter, i) =>
                    i > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : $"{char.ToLowerInvariant(letter)}"));
}
