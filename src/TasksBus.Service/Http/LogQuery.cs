using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;

namespace TasksBus.Service.Http;

/// <summary>The lines of a log that a caller asks for: a query that may contain only times and a limit.</summary>
/// <param name="Property">The name of the lines' time.</param>
internal sealed record LogQuery(string Property, DateTimeOffset From, DateTimeOffset To, int Limit, long Offset)
{
    public const int MaxLines = 100;

    private static readonly TimeSpan s_longestSpan = TimeSpan.FromHours(24);
    private static readonly RqlSchema s_log = SchemaWith("timestamp");
    private static readonly RqlSchema s_span = SchemaWith("eventTimestamp");

    /// <summary>
    /// Parses a query for the lines of one log, optionally from a time on: <c>ge(timestamp,...)</c> or <c>timestamp>=...</c>, and
    /// <c>limit(n,offset)</c>.
    /// </summary>
    /// <exception cref="CommandRefusedException">The query asks for anything else.</exception>
    public static LogQuery Parse(QueryString queryString) => Read(queryString, s_log, takesEnd: false,
        "A log is filtered by ge(timestamp,...) or timestamp>=... only, such as ?ge(timestamp,2021-09-29T15:17:07.051Z), "
        + "and has limit(n,offset).");

    /// <summary>
    /// Parses a query for the lines of a time span, by <c>eventTimestamp</c>. The span must be given and must not be longer than a day.
    /// </summary>
    /// <exception cref="CommandRefusedException">The query has no span, or asks for anything else.</exception>
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

    /// <summary>Returns true when the query includes lines of that time. Lines are shown with whole milliseconds.</summary>
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

    /// <summary>Adds a condition. Returns null when the condition is not allowed.</summary>
    private LogQuery? Where(RqlCondition condition, bool takesEnd) => condition switch
    {
        RqlAll all => all.Conditions.Aggregate((LogQuery?)this, (query, one) => query?.Where(one, takesEnd)),
        RqlMatch { Test: RqlTest.GreaterOrEqual, Values: [RqlInstant from] } match when match.Path.Property == Property =>
            this with { From = Later(From, TimeOf(from)) },
        RqlMatch { Test: RqlTest.LessOrEqual, Values: [RqlInstant to] } match when takesEnd
            && match.Path.Property == Property => this with { To = Earlier(To, TimeOf(to)) },
        _ => null,
    };

    private static DateTimeOffset TimeOf(RqlInstant instant) => DateTimeOffset.UnixEpoch.AddTicks(instant.Ticks);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static RqlSchema SchemaWith(string time) =>
        new(new(time, RqlKind.Timestamp), new RqlProperty("message", RqlKind.Text)) { DefaultLimit = MaxLines, MaxLimit = MaxLines };
}
