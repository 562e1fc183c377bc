namespace TasksBus.Query;

/// <summary>A query in the Resource Query Language: what to find, in which order, how many, and which properties to show.</summary>
/// <param name="Filter">The condition that must hold.</param>
/// <param name="Sort">The order. Ties, and everything when it is empty, are sorted newest first.</param>
/// <param name="Select">The properties that are shown. If empty, all are shown.</param>
/// <param name="Limit">0 to the <see cref="RqlSchema.MaxLimit"/> of the schema.</param>
/// <param name="Offset">How many resources to skip at the start.</param>
/// <param name="SkipsCount">True when the total number is not needed.</param>
public sealed record RqlQuery(
    RqlCondition Filter, IReadOnlyList<RqlSortKey> Sort, IReadOnlyList<IReadOnlyList<string>> Select, int Limit = RqlQuery.DefaultLimit,
    long Offset = 0, bool SkipsCount = false)
{
    /// <summary>How many resources a query without a limit returns, unless its <see cref="RqlSchema"/> says otherwise.</summary>
    public const int DefaultLimit = 20;

    /// <summary>How many resources a query may return at most, unless its <see cref="RqlSchema"/> says otherwise.</summary>
    public const int MaxLimit = 50;

    /// <summary>The longest query string, in characters as they are in the request.</summary>
    public const int MaxLength = 100_000;

    /// <summary>
    /// Of tasks: only those that were created before the one with this number are found. A page that begins so takes the same time, however
    /// many pages are before it. It goes with the default order, and no query string says it.
    /// </summary>
    public long? Before { get; init; }

    /// <summary>Everything, newest first.</summary>
    public static RqlQuery Everything { get; } = new(RqlCondition.Always, [], []);

    /// <summary>Returns true when a property, or something in it, is shown.</summary>
    public bool Shows(string property) => Select.Count == 0 || Select.Any(path => path[0] == property);

    /// <summary>Leaves out of a query string what says how the results are shown, such as sort and limit.</summary>
    /// <returns>The conditions. A text that is no query stays none.</returns>
    public static string ConditionsOf(string queryString)
    {
        ArgumentNullException.ThrowIfNull(queryString);
        // An ampersand stands between terms alone, never in parentheses.
        return string.Join('&', queryString.Trim().TrimStart('?').Split('&')
            .Where(static term => !RqlReader.IsDirective(Uri.UnescapeDataString(term).Trim())));
    }

    /// <summary>Reads a query string as it is in the request, with or without its <c>?</c>.</summary>
    /// <param name="queryString">The query string. It is decoded once and then parsed. Then each value and each part of a path is decoded
    /// once more.</param>
    /// <param name="schema">The properties that the query may use.</param>
    /// <returns>The query, or the reason why the text is not one.</returns>
    public static (RqlQuery Query, RqlError? Error) Parse(string? queryString, RqlSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (queryString?.Length > MaxLength)
        {
            return (Everything,
                new(MaxLength, $"The query has {queryString.Length} characters; at most {MaxLength} are read. Ask for less at once."));
        }

        try
        {
            var text = Uri.UnescapeDataString(queryString is ['?', .. var rest] ? rest : queryString ?? "");
            return (new RqlReader(schema).Read(RqlGrammar.Read(text)), null);
        }
        catch (RqlException exception)
        {
            return (Everything, exception.Error);
        }
    }
}

/// <summary>Ends the reading of a text that is not a query.</summary>
internal sealed class RqlException : Exception
{
    private const int Shown = 30;

    /// <param name="text">The text that was decoded once.</param>
    public RqlException(string text, int position, string message) =>
        Error = new(position, $"{message} It is at position {position}: {Around(text, position)}.");

    public RqlError Error { get; }

    public override string Message => Error.Message;

    /// <summary>Shortens a long text.</summary>
    public static string Short(string text) => Excerpt.Of(text, Shown);

    private static string Around(string text, int position) => position >= text.Length ? "the end" : $"'{Short(text[position..])}'";
}
