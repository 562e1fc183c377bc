using System.Globalization;
using System.Text.RegularExpressions;
using TasksBus.Contracts;
using TasksBus.Scheduling;

namespace TasksBus.Server.Http;

/// <summary>
/// Which lines of a log are asked for: <c>ge(timestamp,...)</c> or <c>timestamp&gt;=...</c>, and <c>limit(n,offset)</c>, joined by <c>&amp;</c>. The query
/// string is decoded once, and each value once more.
/// </summary>
/// <param name="Property">What the lines' time is called.</param>
internal sealed partial record LogQuery(string Property, DateTimeOffset From, DateTimeOffset To, int Limit, int Offset)
{
    public const int MaxLines = 100;

    private static readonly TimeSpan s_longestSpan = TimeSpan.FromHours(24);

    /// <summary>All lines, from a time on where one is given.</summary>
    public static (LogQuery Query, Refusal? Refusal) Parse(QueryString queryString, string property)
    {
        var all = new LogQuery(property, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, MaxLines, 0);
        return Read(all, queryString, isSpan: false);
    }

    /// <summary>The lines of a span of time, which must be given and no longer than a day.</summary>
    public static (LogQuery Query, Refusal? Refusal) ParseSpan(QueryString queryString, string property)
    {
        var all = new LogQuery(property, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, MaxLines, 0);
        var how = $"Ask for a span of at most 24 hours: ?{property}>=2021-09-29T00:00:00Z&{property}<=2021-09-30T00:00:00Z.";
        if (!(queryString.Value?.Length > 1))
        {
            return (all, new(ErrorCode.EmptyRql, how));
        }

        var (query, refusal) = Read(all, queryString, isSpan: true);
        if (refusal is null && (query.From == DateTimeOffset.MinValue || query.To == DateTimeOffset.MaxValue || query.To - query.From > s_longestSpan))
        {
            refusal = new(ErrorCode.InvalidRql, how);
        }

        return (query, refusal);
    }

    private static (LogQuery Query, Refusal? Refusal) Read(LogQuery query, QueryString queryString, bool isSpan)
    {
        var all = query;
        foreach (var term in Uri.UnescapeDataString(queryString.Value?.TrimStart('?') ?? "").Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Page().Match(term) is { Success: true } page)
            {
                query = query with { Limit = Math.Min(Number(page.Groups[1]), MaxLines), Offset = Number(page.Groups[2]) };
                continue;
            }

            var bound = Bound().Match(term);
            var isLower = bound.Groups["op"].Value is "ge" or ">=";
            if (!bound.Success || bound.Groups["property"].Value != query.Property || !(isLower || isSpan))
            {
                var known = isSpan ? $"{query.Property}>=..., {query.Property}<=..." : $"{query.Property}>=...";
                return (all, new(ErrorCode.InvalidRql, $"'{(term.Length <= 60 ? term : term[..60] + "...")}' is not understood here. Supported are {known} (or ge and le) and limit(n,offset), joined by '&'."));
            }

            if (!UtcTimestampConverter.TryParse(Uri.UnescapeDataString(bound.Groups["value"].Value), out var time))
            {
                return (all, new(ErrorCode.InvalidRql, $"{query.Property} must be compared with an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z."));
            }

            query = isLower ? query with { From = time } : query with { To = time };
        }

        return (query, null);
    }

    private static int Number(Group digits) => digits.Success && int.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : digits.Success ? int.MaxValue : 0;

    [GeneratedRegex(@"\Alimit\(([0-9]+)(?:,([0-9]+))?\)\z")]
    private static partial Regex Page();

    [GeneratedRegex(@"\A(?:(?<op>ge|le)\((?<property>[A-Za-z]+),(?<value>[^(),]+)\)|(?<property>[A-Za-z]+)(?<op>>=|<=)(?<value>[^(),]+))\z")]
    private static partial Regex Bound();
}
