using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Scheduling;

namespace TasksBus.Server.Http;

/// <summary>What a short list is asked for: <c>limit(n,offset)</c>, and <c>eq</c> on id and functionName.</summary>
/// <param name="MatchesNothing">Two conditions contradict each other, or an id is none.</param>
internal sealed record ListQuery(TaskId? Id, string? FunctionName, bool MatchesNothing, int Limit, long Offset)
{
    private static readonly RqlSchema s_schema = new(new("id", RqlKind.Id), new RqlProperty("functionName", RqlKind.Text));

    public static (ListQuery Query, Refusal? Refusal) Parse(QueryString queryString)
    {
        var (query, error) = RqlQuery.Parse(queryString.Value, s_schema);
        var list = new ListQuery(null, null, false, query.Limit, query.Offset);
        if (error is not null)
        {
            return (list, new(ErrorCode.InvalidRql, error.Message));
        }

        var isSimple = query with { Filter = RqlCondition.Always, Limit = RqlQuery.DefaultLimit, Offset = 0 } == RqlQuery.Everything;
        return isSimple && list.Where(query.Filter) is { } filtered
            ? (filtered, null)
            : (list, new(ErrorCode.InvalidRql, "This list is filtered by eq(id,...) and eq(functionName,...), joined by '&' or in and(...), and has limit(n,offset)."));
    }

    /// <summary>With a condition more; null where it is not one of those.</summary>
    private ListQuery? Where(RqlCondition condition) => condition switch
    {
        RqlAll all => all.Conditions.Aggregate((ListQuery?)this, static (list, one) => list?.Where(one)),
        RqlAny { Conditions: [] } => this with { MatchesNothing = true },
        RqlMatch { Test: RqlTest.Equal, Values: [RqlId value] } match when match.Path.Property == "id" =>
            this with { Id = value.Id, MatchesNothing = MatchesNothing || (Id is { } other && other != value.Id) },
        RqlMatch { Test: RqlTest.Equal, Values: [RqlText value] } match when match.Path.Property == "functionName" =>
            this with { FunctionName = value.Text, MatchesNothing = MatchesNothing || (FunctionName is { } other && other != value.Text) },
        RqlMatch { Test: RqlTest.Equal, Values: [] } => this with { MatchesNothing = true },
        _ => null,
    };
}
