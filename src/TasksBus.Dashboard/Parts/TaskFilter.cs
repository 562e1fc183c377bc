using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Dashboard.Parts;

/// <summary>Which tasks a list shows. It is in the page's address.</summary>
internal sealed record TaskFilter
{
    public const int PageSize = 50;

    private const string Path = "/dashboard/tasks";

    public string? Status { get; init; }

    public string? Function { get; init; }

    public string? Tag { get; init; }

    /// <summary>Created at or after this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Created before this time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>A query as the HTTP API takes it.</summary>
    public string? Rql { get; init; }

    /// <summary>Only tasks that were created before the one with this number.</summary>
    public long? Before { get; init; }

    /// <summary>How many tasks are skipped where the query has an order of its own.</summary>
    public int Skip { get; init; }

    public bool IsEmpty => this with { Before = null, Skip = 0 } == new TaskFilter();

    /// <summary>The tasks of a function that failed with an error.</summary>
    /// <param name="errorName">Empty when the error has no name.</param>
    public static TaskFilter OfFailures(string function, string errorName) => new()
    {
        Status = TaskStates.Failed,
        Function = function,
        Rql = errorName.Length == 0 ? null : $"eq(error.name,{Value(errorName)})",
    };

    /// <summary>The tasks that a schedule's ticks made.</summary>
    public static TaskFilter OfSchedule(TaskId schedule) => new() { Rql = $"eq(scheduleId,{schedule})" };

    /// <summary>The tasks that an event scheduled.</summary>
    public static TaskFilter OfEvent(TaskId raised) => new() { Rql = $"eq(eventId,{raised})" };

    /// <summary>The conditions that just these tasks meet.</summary>
    public static string OfIds(IEnumerable<TaskId> ids) => $"in(id,{string.Join(',', ids)})";

    /// <summary>The address of the page that shows these tasks.</summary>
    public string ToUri()
    {
        var parameters = new[]
        {
            ("status", Status), ("function", Function), ("tag", Tag), ("from", From is { } from ? TimeText.Format(from) : null),
            ("to", To is { } to ? TimeText.Format(to) : null), ("rql", Rql), ("before", Before?.ToString(CultureInfo.InvariantCulture)),
            ("skip", Skip == 0 ? null : Skip.ToString(CultureInfo.InvariantCulture)),
        }
            .Where(static each => !string.IsNullOrWhiteSpace(each.Item2))
            .Select(static each => $"{each.Item1}={Uri.EscapeDataString(each.Item2!.Trim())}");
        var query = string.Join('&', parameters);
        return query.Length == 0 ? Path : $"{Path}?{query}";
    }

    /// <summary>The query for a page of these tasks, and one task more, which tells whether there is another page.</summary>
    /// <returns>The query, or the reason why <see cref="Rql"/> is none.</returns>
    public (RqlQuery Query, RqlError? Error) ToQuery()
    {
        var (query, error) = RqlQuery.Parse(ToRql(), RqlSchema.Tasks);
        var hasOrder = query.Sort.Count > 0;
        return (query with
        {
            Select = [["id"]],
            SkipsCount = true,
            Limit = PageSize + 1,
            Offset = hasOrder ? Skip : 0,
            Before = hasOrder ? null : Before,
        }, error);
    }

    /// <summary>The conditions that these tasks meet, and the order that is asked for. Empty for all tasks.</summary>
    public string ToRql() => ToRql(Rql);

    /// <summary>The conditions that these tasks meet, in no order. Empty for all tasks.</summary>
    public string ToConditions() => ToRql(Rql is null ? null : RqlQuery.ConditionsOf(Rql));

    private string ToRql(string? rql)
    {
        var terms = new[]
        {
            Status is null ? null : $"eq(status,{Value(Status)})",
            Function is null ? null : $"eq(functionName,{Value(Function)})",
            Tag is null ? null : $"eq(tags,{Value(Tag)})",
            From is { } from ? $"ge(creationTimestamp,{Value(TimeText.Format(from))})" : null,
            To is { } to ? $"lt(creationTimestamp,{Value(TimeText.Format(to))})" : null,
            string.IsNullOrWhiteSpace(rql) ? null : rql.Trim().TrimStart('?'),
        };
        return string.Join('&', terms.Where(static term => term is not null));
    }

    /// <summary>A value in a query. The whole query is decoded once, and then each value once more.</summary>
    private static string Value(string text) => Uri.EscapeDataString(Uri.EscapeDataString(text));
}
