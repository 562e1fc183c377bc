using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Queries;

/// <summary>Finds tasks with a query.</summary>
internal static class TaskSearch
{
    /// <summary>Returns the page that is asked for, and how many tasks match in all.</summary>
    public static async Task<FoundPage> FindAsync(TasksDbContext context, RqlQuery query, CancellationToken cancellationToken)
    {
        var statuses = StatusesOf(query.Filter);
        if (statuses.Count == 0)
        {
            return new([], query.SkipsCount ? null : 0, null);
        }

        return await RqlSearch.FindAsync(context, TaskColumns.Of(statuses), query, query.Shows("data"), cancellationToken);
    }

    /// <summary>Counts the tasks that a condition finds.</summary>
    /// <param name="upTo">The highest number that counts.</param>
    public static async Task<long> CountAsync(
        TasksDbContext context, RqlCondition condition, long upTo, CancellationToken cancellationToken)
    {
        var statuses = StatusesOf(condition);
        return statuses.Count == 0 ? 0
            : await RqlSearch.CountAsync(context, TaskColumns.Of(statuses), condition, upTo, cancellationToken);
    }

    /// <summary>The tasks that a condition finds between two numbers, in the order of their numbers.</summary>
    public static async Task<IReadOnlyList<FoundTask>> WalkAsync(
        TasksDbContext context, RqlCondition condition, long after, long upTo, int limit, bool withSizes,
        CancellationToken cancellationToken)
    {
        var statuses = StatusesOf(condition);
        return statuses.Count == 0 ? []
            : await RqlSearch.WalkAsync(context, TaskColumns.Of(statuses), condition, after, upTo, limit, withSizes, cancellationToken);
    }

    /// <summary>The statuses that the matching tasks can have, as far as conditions restrict them that must all hold.</summary>
    internal static IReadOnlySet<string> StatusesOf(RqlCondition condition) => condition switch
    {
        RqlAll all => all.Conditions.Aggregate(All(), static (statuses, one) =>
        {
            statuses.IntersectWith(StatusesOf(one));
            return statuses;
        }),
        RqlAny any => any.Conditions.Aggregate(new HashSet<string>(), static (statuses, one) =>
        {
            statuses.UnionWith(StatusesOf(one));
            return statuses;
        }),
        RqlMatch { Path.Property: "status", Test: RqlTest.Equal } match =>
            match.Values.OfType<RqlText>().Select(static value => value.Text).Intersect(TaskStates.All).ToHashSet(),
        RqlNot { Condition: RqlMatch { Path.Property: "status", Test: RqlTest.Equal } match } =>
            TaskStates.All.Except(match.Values.OfType<RqlText>().Select(static value => value.Text)).ToHashSet(),
        _ => All(),
    };

    private static HashSet<string> All() => [.. TaskStates.All];
}
