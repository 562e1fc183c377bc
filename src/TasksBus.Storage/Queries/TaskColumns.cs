using TasksBus.Contracts;

namespace TasksBus.Storage.Queries;

/// <summary>
/// The columns of tasks: <c>tasks t</c>, and the table of the task's state, <c>waiting_tasks w</c>, <c>running_tasks r</c> or
/// <c>finished_tasks f</c>. A query for tasks of only one of these tables starts there: its index answers the query, and the other tables
/// are not read.
/// </summary>
internal sealed class TaskColumns : SqlColumns
{
    private readonly Dictionary<string, SqlColumn> _columns;
    private readonly string _first;

    private TaskColumns(string first, SqlColumn status, SqlColumn changedAt)
    {
        _first = first;
        var isFinished = first is "t" or "f";
        // Waiting and running tasks have their own copy of some columns. The start time has its index in tasks.
        var (own, waiting) = (first is "w" or "r" ? first : "t", first == "w" ? "w" : "t");
        SqlColumn Finished(string column) => isFinished ? new($"f.{column}", "f", IsOptional: true) : new(Nothing, "", IsOptional: true);
        _columns = new()
        {
            ["id"] = new($"{own}.id", own),
            ["status"] = status,
            ["statusChangedTimestamp"] = changedAt,
            ["functionName"] = new("t.function_name", "t"),
            ["data"] = new("t.data", "t", IsOptional: true, IsIndexed: true),
            ["startTimestamp"] = new("t.start_at", "t"),
            // A task without tags shows an empty array.
            ["tags"] = new("t.tags", "t", IsIndexed: true),
            ["reference"] = new("t.reference", "t", IsOptional: true),
            ["publisher"] = new("t.publisher", "t", IsOptional: true),
            ["priority"] = new($"{waiting}.priority", waiting),
            ["creationTimestamp"] = new("t.created_at", "t"),
            ["updateTimestamp"] = changedAt,
            ["createdByApplicationId"] = new("t.created_by_application_id", "t", IsOptional: true),
            ["createdByUserId"] = new("t.created_by_user_id", "t", IsOptional: true),
            ["scheduleId"] = new("t.schedule_id", "t", IsOptional: true),
            ["eventId"] = new("t.event_id", "t", IsOptional: true),
            ["error"] = Finished("error_type"),
            ["error.type"] = Finished("error_type"),
            ["error.name"] = Finished("error_name"),
            ["error.message"] = Finished("error_message"),
            ["retriedByTaskId"] = Finished("retried_by_task_id"),
            ["retryForTaskIds"] = new("t.retry_for_task_ids", "t", IsOptional: true),
        };
    }

    /// <summary>The columns of tasks in any state.</summary>
    private static TaskColumns Anywhere { get; } = new("t",
        new("coalesce(f.status, case when r.number is null then 'new' else 'inProgress' end)", "rf"),
        new("coalesce(w.changed_at, r.changed_at, f.changed_at)", "wrf"));

    private static TaskColumns Waiting { get; } = new("w", new("'new'", ""), new("w.changed_at", "w"));

    private static TaskColumns Running { get; } = new("r", new("'inProgress'", ""), new("r.changed_at", "r"));

    private static TaskColumns Finished { get; } = new("f", new("f.status", "f"), new("f.changed_at", "f"));

    // Numbers are given in the order of creation.
    public override IReadOnlyList<SqlSortKey> Newest => [new(Number, "desc")];

    public override string Table => "tasks";

    public override string Number => $"{_first}.number";

    public override SqlColumn this[string property] => _columns[property];

    /// <summary>The columns of tasks with one of these statuses. At least one must be given.</summary>
    public static TaskColumns Of(IReadOnlySet<string> statuses) =>
        statuses.SetEquals([TaskStates.New]) ? Waiting
        : statuses.SetEquals([TaskStates.InProgress]) ? Running
        : statuses.Contains(TaskStates.New) || statuses.Contains(TaskStates.InProgress) ? Anywhere
        : Finished;

    public override string From(IReadOnlySet<char> tables) => string.Join(' ', tables.Where(table => !_first.Contains(table)).Order()
        .Select(table => $"{(table == 't' ? "join" : "left join")} {TableOf(table)} on {table}.number = {Number}")
        .Prepend(TableOf(_first[0])));

    private static string TableOf(char alias) => alias switch
    {
        't' => "tasks t",
        'w' => "waiting_tasks w",
        'r' => "running_tasks r",
        _ => "finished_tasks f",
    };
}
