namespace TasksBus.Query;

/// <summary>A query in the Resource Query Language: what to find, in which order, how much of it, and what of each to show.</summary>
/// <param name="Filter">What must hold.</param>
/// <param name="Sort">The order; ties, and all where it is empty, are newest first.</param>
/// <param name="Select">What of each is shown: all where it is empty.</param>
/// <param name="Limit">0 to <see cref="MaxLimit"/>.</param>
/// <param name="Offset">How many are left out at the front.</param>
/// <param name="SkipsCount">Whether nobody wants to know how many there are in all.</param>
public sealed record RqlQuery(
    RqlCondition Filter, IReadOnlyList<RqlSortKey> Sort, IReadOnlyList<IReadOnlyList<string>> Select, int Limit = RqlQuery.DefaultLimit, long Offset = 0, bool SkipsCount = false)
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 50;

    /// <summary>Of a query string, in characters as they stand in the request.</summary>
    public const int MaxLength = 100_000;

    /// <summary>Everything, newest first.</summary>
    public static RqlQuery Everything { get; } = new(RqlCondition.Always, [], []);

    /// <summary>Whether a property is shown, or something in it.</summary>
    public bool Shows(string property) => Select.Count == 0 || Select.Any(path => path[0] == property);

    /// <summary>Reads a query string, as it stands in the request, with or without its <c>?</c>.</summary>
    /// <param name="queryString">It is decoded once, then parsed; then each value and each part of a path is decoded once more.</param>
    /// <param name="schema">What may be asked for.</param>
    /// <returns>The query, or why it is none.</returns>
    public static (RqlQuery Query, RqlError? Error) Parse(string? queryString, RqlSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (queryString?.Length > MaxLength)
        {
            return (Everything, new(MaxLength, $"The query has {queryString.Length} characters; at most {MaxLength} are read. Ask for less at once."));
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

/// <summary>Ends the reading of a text that is no query.</summary>
internal sealed class RqlException : Exception
{
    private const int Shown = 30;

    /// <param name="text">The text that was decoded once.</param>
    public RqlException(string text, int position, string message) => Error = new(position, $"{message} It is at position {position}: {Around(text, position)}.");

    public RqlError Error { get; }

    public override string Message => Error.Message;

    /// <summary>A text, cut where it is long.</summary>
    public static string Short(string text) => text.Length <= Shown ? text : $"{text[..Shown]}...";

    private static string Around(string text, int position) => position >= text.Length ? "the end" : $"'{Short(text[position..])}'";
}
