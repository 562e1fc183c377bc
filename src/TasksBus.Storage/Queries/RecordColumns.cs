namespace TasksBus.Storage.Queries;

/// <summary>The columns of resources with a table of their own: schedules, API requests, triggers, events and bulk operations.</summary>
internal sealed class RecordColumns : SqlColumns
{
    private readonly string _table;
    private string _input = "data";
    private readonly Dictionary<string, SqlColumn> _columns;

    /// <param name="columns">Each property with its column. A column that can be missing ends with <c>?</c>.</param>
    /// <param name="newest">The columns of the default order, which is descending.</param>
    private RecordColumns(string table, IReadOnlyList<string> newest, params IEnumerable<(string Property, string Column)> columns)
    {
        (_table, Newest) = (table, [.. newest.Select(static column => new SqlSortKey(column, "desc"))]);
        _columns = columns.ToDictionary(
            static each => each.Property, static each => new SqlColumn(each.Column.TrimEnd('?'), "", each.Column.EndsWith('?')));
    }

    public static RecordColumns Schedules { get; } = new(
        "schedules", ["created_at", "id"],
        ("id", "id"), ("interval", "interval?"), ("cron", "cron?"), ("timeZone", "time_zone?"), ("functionName", "function_name"),
        ("data", "data?"), ("priority", "priority?"),
        ("tags", "tags"), ("startTimestamp", "start_at"), ("nextTimestamp", "next_at?"), ("catchUp", "catch_up"), ("overlap", "overlap"),
        ("paused", "is_paused"), ("pauseReason", "pause_reason?"),
        ("lastTaskId", "last_task_id?"), ("createdByApplicationId", "created_by_application_id?"),
        ("createdByUserId", "created_by_user_id?"),
        ("creationTimestamp", "created_at"), ("updateTimestamp", "updated_at"));

    public static RecordColumns ApiRequests { get; } = new(
        "api_requests", ["requested_at", "number"],
        ("id", "id"), ("functionName", "function_name"), ("method", "method"), ("path", "path"), ("userId", "user_id?"),
        ("applicationId", "application_id?"),
        ("statusCode", "status_code"), ("timestamp", "requested_at"), ("duration", "duration / 1000000.0"),
        ("error", "error_type?"), ("error.type", "error_type?"), ("error.name", "error_name?"), ("error.message", "error_message?"));

    public static RecordColumns Triggers { get; } = new(
        "triggers", ["created_at", "id"],
        ("id", "id"), ("eventType", "event_type"), ("name", "name?"), ("description", "description?"), ("tags", "tags"),
        ("actions", "actions"), ("createdByApplicationId", "created_by_application_id?"), ("createdByUserId", "created_by_user_id?"),
        ("creationTimestamp", "created_at"), ("updateTimestamp", "updated_at"))
    {
        _input = "actions",
    };

    public static RecordColumns BulkOperations { get; } = new(
        "bulk_operations", ["created_at", "id"],
        ("id", "id"), ("action", "action"), ("query", "query"), ("priority", "priority?"), ("status", "status"),
        ("matching", "matching?"), ("affected", "affected"), ("skipped", "skipped"), ("refused", "refused"), ("reason", "reason?"),
        ("progress", $"{Nothing}?"),
        ("createdByApplicationId", "created_by_application_id?"), ("createdByUserId", "created_by_user_id?"),
        ("creationTimestamp", "created_at"), ("updateTimestamp", "updated_at"));

    public static RecordColumns RaisedEvents { get; } = new(
        "raised_events", ["created_at", "number"],
        ("id", "id"), ("type", "type"), ("content", "content?"), ("depth", "depth"), ("task_count", "task_count"),
        ("raised_by_task_id", "raised_by_task_id?"), ("created_by_application_id", "created_by_application_id?"),
        ("created_by_user_id", "created_by_user_id?"), ("creation_timestamp", "created_at"), ("update_timestamp", "created_at"))
    {
        _input = "content",
    };

    public override string Input => _input;

    public override IReadOnlyList<SqlSortKey> Newest { get; }

    public override string Table => _table;

    public override SqlColumn this[string property] => _columns[property];

    public override string From(IReadOnlySet<char> tables) => _table;
}
