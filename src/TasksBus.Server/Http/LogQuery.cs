using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;

namespace TasksBus.Server.Http;

/// <summary>Which lines of a log are asked for: a query of which only times and a limit are taken.</summary>
/// <param name="Property">What the lines' time is called.</param>
internal sealed record LogQuery(string Property, DateTimeOffset From, DateTimeOffset To, int Limit, long Offset)
{
    public const int MaxLines = 100;

    private static readonly TimeSpan s_longestSpan = TimeSpan.FromHours(24);
    private static readonly RqlSchema s_log = SchemaWith("timestamp");
    private static readonly RqlSchema s_span = SchemaWith("eventTimestamp");

    /// <summary>
    /// All lines of a log, from a time on where one is given: <c>ge(timestamp,...)</c> or
    /// <c>timestamp>=...</c>, and <c>limit(n,offset)</c>.
    /// </summary>
    /// <exception cref="CommandRefusedException">The query asks for more.</exception>
    public static LogQuery Parse(QueryString queryString) => Read(queryString, s_log, takesEnd: false,
        "A log is filtered by ge(timestamp,...) or timestamp>=... only, such as ?ge(timestamp,2021-09-29T15:17:07.051Z), "
        + "and has limit(n,offset).");

    /// <summary>The lines of a span of time, which must be given and no longer than a day: by <c>eventTimestamp</c>.</summary>
    /// <exception cref="CommandRefusedException">The query asks for none, or for more.</exception>
    public static LogQuery ParseSpan(QueryString queryString)
    {
        const string How = "Ask for a span of at most 24 hours: "
            + "?eventTimestamp>=2021-09-29T00:00:00Z&eventTimestamp<=2021-09-30T00:00:00Z, with limit(n,offset) where you want.";
        if (!(queryString.Value?.Length > 1))
        {
            throw new CommandRefusedException(ErrorCode.EmptyRql, How);
        }

        var query = Read(queryString, s_span, takesEnd: true, How);
        return query.From == DateTimeOffset.MinValue || query.To == DateTimeOffset.MaxValue || query.To - query.From > s_longestSpan
            ? throw new CommandRefusedException(ErrorCode.InvalidRql, How)
            : query;
    }

    /// <summary>Whether a line of a time is asked for. Lines are shown with whole milliseconds.</summary>
    public bool Includes(DateTimeOffset time)
    {
        var shown = DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());
        return shown >= From && shown <= To;
    }

    private static LogQuery Read(QueryString queryString, RqlSchema schema, bool takesEnd, string how)
    {
        var rql = RequestQuery.Read(queryString, schema);
        LogQuery all = new(schema.Properties[0].Name, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, rql.Limit, rql.Offset);
        var isSimple = rql with { Filter = RqlCondition.Always, Limit = RqlQuery.DefaultLimit, Offset = 0 } == RqlQuery.Everything;
        return isSimple && all.Where(rql.Filter, takesEnd) is { } query ? query
            : throw new CommandRefusedException(ErrorCode.InvalidRql, how);
    }

    /// <summary>With a condition more; null where it is not one of those.</summary>
    private LogQuery? Where(RqlCondition condition, bool takesEnd) => condition switch
    {
        RqlAll all => all.Conditions.Aggregate((LogQuery?)this, (query, one) => query?.Where(one, takesEnd)),
        RqlMatch { Test: RqlTest.GreaterOrEqual, Values: [RqlInstant from] } match when match.Path.Property == Property =>
            this with { From = Later(From, TimeOf(from)) },
        RqlMatch { Test: RqlTest.LessOrEqual, Values: [RqlInstant to] } match when takesEnd && match.Path.Property == Property =>
            this with { To = Earlier(To, TimeOf(to)) },
        _ => null,
    };

    private static DateTimeOffset TimeOf(RqlInstant instant) => DateTimeOffset.UnixEpoch.AddTicks(instant.Ticks);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static RqlSchema SchemaWith(string time) =>
        new(new(time, RqlKind.Timestamp), new RqlProperty("message", RqlKind.Text)) { DefaultLimit = MaxLines, MaxLimit = MaxLines };
}
