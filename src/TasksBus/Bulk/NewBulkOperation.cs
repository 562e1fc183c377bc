using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;

namespace TasksBus.Bulk;

/// <summary>A bulk operation that somebody wants.</summary>
/// <param name="Action">One of <see cref="BulkActions"/>.</param>
/// <param name="Query">The conditions that a task must meet: RQL, as in the query string of the list of tasks, at most
/// <see cref="MaxQueryLength"/> characters. It has at least one condition, and neither sort, limit nor select.</param>
public sealed record NewBulkOperation(string Action, string Query)
{
    /// <summary>The longest query, in characters.</summary>
    public const int MaxQueryLength = 20_000;

    private const int NoLimit = -1;

    /// <summary>The properties of tasks, with a default limit that tells whether a query has one.</summary>
    private static readonly RqlSchema s_schema = new(RqlSchema.Tasks.Properties) { DefaultLimit = NoLimit };

    /// <summary>An id that the caller chose, so that the same call again makes no second operation. Null chooses one.</summary>
    public TaskId? Id { get; init; }

    /// <summary>For a rerun: the priority of the new tasks. Null when each keeps that of its original.</summary>
    public long? Priority { get; init; }

    /// <summary>Reads the query.</summary>
    /// <returns>The condition that a task must meet to be taken.</returns>
    /// <exception cref="CommandRefusedException">The operation breaks a rule.</exception>
    public RqlCondition Check()
    {
        if (!BulkActions.All.Contains(Action))
        {
            throw Format($"action must be {string.Join(" or ", BulkActions.All)}; got '{Excerpt.Of(Action, 40)}'.");
        }

        if (Priority is not null && Action != BulkActions.Rerun)
        {
            throw Format("priority is for reruns. Leave it out.");
        }

        ScheduleRules.Check(new() { FunctionName = "any", Priority = Priority });
        return BulkActions.Restrict(Action, Read(Query));
    }

    /// <summary>Reads the condition of a query.</summary>
    /// <exception cref="CommandRefusedException">The query breaks a rule.</exception>
    internal static RqlCondition Read(string text)
    {
        if (text.Length > MaxQueryLength)
        {
            throw Format($"query has {text.Length} characters; at most {MaxQueryLength} are allowed. Name fewer tasks at once.");
        }

        if (!TaskRules.IsStorable(text))
        {
            throw Format("query must not hold U+0000 or half of a surrogate pair.");
        }

        var (query, error) = RqlQuery.Parse(text, s_schema);
        return error is not null ? throw new CommandRefusedException(ErrorCode.InvalidRql, $"query: {error.Message}")
            : query.Filter is RqlAll { Conditions.Count: 0 }
                ? throw Format("query must have a condition, such as eq(status,failed). It says which tasks are taken.")
            : query.Sort.Count > 0 || query.Select.Count > 0 || query.Limit != NoLimit || query.SkipsCount
                ? throw Format("query has conditions only; leave out sort, limit, select and skipCount.")
            : query.Filter;
    }

    private static CommandRefusedException Format(string message) => new(ErrorCode.FieldFormat, message);
}
