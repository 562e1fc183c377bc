using System.Globalization;

namespace TasksBus.Query;

/// <summary>Where a path leads.</summary>
/// <param name="Property">The property of the resource, such as <c>data</c> or <c>error.type</c>; empty for what is in an element of an array.</param>
/// <param name="Kind">What is there.</param>
/// <param name="Segments">The rest of the path: keys and positions in JSON, or the position in an array.</param>
public sealed record RqlPath(string Property, RqlKind Kind, IReadOnlyList<string> Segments)
{
    /// <summary>
    /// The parts that a path may have: <c>data</c>, and as many as data may be deep. A body of HTTP has at most 64 levels, of which it is one.
    /// </summary>
    public const int MaxLength = 64;

    internal static RqlPath Nowhere { get; } = new("", RqlKind.Missing, []);

    /// <summary>The values that can be there; empty: any of the kind.</summary>
    internal IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>Whether a segment can be a position in an array: 0 to 999999999.</summary>
    public static bool IsIndex(string segment) =>
        segment.Length is > 0 and < 10 && segment.All(char.IsAsciiDigit) && (segment[0] != '0' || segment.Length == 1);

    /// <summary>The position in an array.</summary>
    public static int Index(string segment) => int.Parse(segment, NumberStyles.None, CultureInfo.InvariantCulture);
}
