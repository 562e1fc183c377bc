using TasksBus.Query;

namespace TasksBus.Server.Http;

/// <summary>What a log is asked for: <c>ge(timestamp,...)</c> or <c>timestamp>=...</c>, and nothing else.</summary>
internal static class LogQuery
{
    /// <returns>Whether a line of a time is asked for, or why this is no query for a log.</returns>
    public static (Func<DateTimeOffset, bool> IsWanted, string? Error) Parse(string? queryString)
    {
        var (query, error) = RqlQuery.Parse(queryString, RqlSchema.LogLines);
        List<long> from = [];
        var isUnderstood = query with { Filter = RqlCondition.Always } == RqlQuery.Everything && Read(query.Filter, from);
        // Lines are shown with whole milliseconds.
        return (time => from.All(ticks => time.ToUnixTimeMilliseconds() * TimeSpan.TicksPerMillisecond >= ticks),
            error?.Message ?? (isUnderstood ? null : "A log is filtered by ge(timestamp,...) or timestamp>=... only, such as ?ge(timestamp,2021-09-29T15:17:07.051Z)."));
    }

    private static bool Read(RqlCondition condition, List<long> from)
    {
        switch (condition)
        {
            case RqlAll all:
                return all.Conditions.All(one => Read(one, from));
            case RqlMatch { Path.Property: "timestamp", Test: RqlTest.GreaterOrEqual } match:
                from.AddRange(match.Values.OfType<RqlInstant>().Select(static instant => instant.Ticks));
                return true;
            default:
                return false;
        }
    }
}
