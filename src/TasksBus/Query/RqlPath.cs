using System.Globalization;

namespace TasksBus.Query;

/// <summary>The target of a path.</summary>
/// <param name="Property">The property of the resource, such as <c>data</c> or <c>error.type</c>. Empty for paths in an element of an
/// array.</param>
/// <param name="Kind">The type of the target.</param>
/// <param name="Segments">The rest of the path: keys and positions in JSON, or the position in an array.</param>
public sealed record RqlPath(string Property, RqlKind Kind, IReadOnlyList<string> Segments)
{
    /// <summary>
    /// How many parts a path may have: <c>data</c>, and as many as data may be deep. An HTTP body has at most 64 levels, of which the body
    /// itself is one.
    /// </summary>
    public const int MaxLength = 64;

    internal static RqlPath Nowhere { get; } = new("", RqlKind.Missing, []);

    /// <summary>The possible values. If empty, any value of the kind is possible.</summary>
    internal IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Returns true when a segment can be a position in an array: 0 to 999999999.</summary>
    public static bool IsIndex(string segment) =>
        segment.Length is > 0 and < 10 && segment.All(char.IsAsciiDigit) && (segment[0] != '0' || segment.Length == 1);

    /// <summary>The position in an array that the segment denotes.</summary>
    public static int Index(string segment) => int.Parse(segment, NumberStyles.None, CultureInfo.InvariantCulture);
}
