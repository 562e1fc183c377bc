using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Scheduling;
using TasksBus.Storage;

namespace TasksBus.Server.Http;

/// <summary>
/// What a list is asked for: <c>limit(n,offset)</c>, and <c>eq</c> on id, status and functionName, joined by <c>&amp;</c> or inside
/// <c>and(...)</c>. The query string is decoded once, and each value once more.
/// </summary>
internal sealed record ListQuery(TaskFilter Filter, int Limit, long Offset)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 50;

    private const int MaxDepth = 8;
    private const string Supported = "Supported are limit(n,offset), eq(id,...), eq(status,...) and eq(functionName,...), joined by '&' or in and(...).";

    public static (ListQuery Query, Refusal? Refusal) Parse(QueryString queryString)
    {
        var query = new ListQuery(new(), DefaultLimit, 0);
        try
        {
            var text = Uri.UnescapeDataString(queryString.Value?.TrimStart('?') ?? "");
            return (query.Read(Split(text, '&'), 0), null);
        }
        catch (FormatException exception)
        {
            return (query, new(ErrorCode.InvalidRql, exception.Message));
        }
    }

    private ListQuery Read(List<string> terms, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new FormatException($"The query is nested more than {MaxDepth} deep.");
        }

        return terms.Where(static term => term.Length > 0).Aggregate(this, (query, term) => query.ReadTerm(term, depth));
    }

    private ListQuery ReadTerm(string term, int depth)
    {
        var open = term.IndexOf('(', StringComparison.Ordinal);
        if (open < 0)
        {
            var equals = term.IndexOf('=', StringComparison.Ordinal);
            return equals > 0 ? Where(term[..equals], term[(equals + 1)..].TrimStart('=')) : throw Unknown(term);
        }

        if (term[^1] != ')')
        {
            throw new FormatException($"A ')' is missing at the end of '{term}'.");
        }

        var arguments = Split(term[(open + 1)..^1], ',');
        return term[..open] switch
        {
            "and" => Read(arguments, depth + 1),
            "eq" when arguments.Count == 2 => Where(arguments[0], arguments[1]),
            "limit" when arguments.Count is 1 or 2 => this with
            {
                Limit = (int)Math.Min(Number(arguments[0]), MaxLimit),
                Offset = arguments.Count == 2 ? Number(arguments[1]) : 0,
            },
            _ => throw Unknown(term),
        };
    }

    private ListQuery Where(string property, string encoded)
    {
        var value = Uri.UnescapeDataString(encoded);
        var filter = property switch
        {
            "id" => TaskId.TryParse(value, out var id) && (Filter.Id is null || Filter.Id == id) ? Filter with { Id = id } : Nothing,
            "status" => Filter.Status is null || Filter.Status == value ? Filter with { Status = value } : Nothing,
            "functionName" => Filter.FunctionName is null || Filter.FunctionName == value ? Filter with { FunctionName = value } : Nothing,
            _ => throw Unknown(property),
        };
        return this with { Filter = filter };
    }

    private TaskFilter Nothing => Filter with { MatchesNothing = true };

    private static long Number(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException($"limit takes whole numbers from 0; got '{text}'.");

    private static FormatException Unknown(string term) => new($"'{(term.Length <= 60 ? term : term[..60] + "...")}' is not understood. {Supported}");

    /// <summary>Splits at the separators that stand outside parentheses.</summary>
    private static List<string> Split(string text, char separator)
    {
        List<string> parts = [];
        var (depth, start) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth < 0)
            {
                throw new FormatException($"There is a ')' too many at position {i}.");
            }

            if (depth == 0 && text[i] == separator)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }

        if (depth > 0)
        {
            throw new FormatException("A ')' is missing at the end.");
        }

        parts.Add(text[start..]);
        return parts;
    }
}
