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
