using System.Globalization;
using TasksBus.Contracts;
using TasksBus.Storage.Model;

namespace TasksBus.Query;

/// <summary>What a property holds: how its values are read and compared.</summary>
public enum RqlKind
{
    /// <summary>What can be nowhere in JSON that a database can compare: it matches as a property that is missing everywhere.</summary>
    Missing,

    /// <summary>24 hex digits.</summary>
    Id,
    Text,

    /// <summary>A time, compared as it is shown: in whole milliseconds.</summary>
    Timestamp,

    Number,
    Boolean,
    TextArray,
    IdArray,

    /// <summary>Any JSON; what is in it has no type of its own, so a value's type is guessed.</summary>
    Json,

    /// <summary>An object with properties of its own.</summary>
    Composed,
}

/// <summary>A property that can be asked for.</summary>
/// <param name="Properties">Those of an object.</param>
public sealed record RqlProperty(string Name, RqlKind Kind, params IReadOnlyList<RqlProperty> Properties)
{
    /// <summary>The values that it can have; empty: any of its kind.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];
}

/// <summary>The properties of a resource: what a query on it may name.</summary>
public sealed class RqlSchema(params IReadOnlyList<RqlProperty> properties)
{
    public static RqlSchema Tasks { get; } = new(
        new("id", RqlKind.Id),
        new("status", RqlKind.Text) { Values = TaskStates.All },
        new("statusChangedTimestamp", RqlKind.Timestamp),
        new("functionName", RqlKind.Text),
        new("data", RqlKind.Json),
        new("startTimestamp", RqlKind.Timestamp),
        new("tags", RqlKind.TextArray),
        new("priority", RqlKind.Number),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new(
            "error", RqlKind.Composed,
            new("type", RqlKind.Text) { Values = [TaskErrorTypes.Invocation, TaskErrorTypes.Runtime] }, new("name", RqlKind.Text), new("message", RqlKind.Text)),
        new("retriedByTaskId", RqlKind.Id),
        new("retryForTaskIds", RqlKind.IdArray));

    public static RqlSchema Schedules { get; } = new(
        new("id", RqlKind.Id),
        new("interval", RqlKind.Number),
        new("cron", RqlKind.Text),
        new("timeZone", RqlKind.Text),
        new("functionName", RqlKind.Text),
        new("data", RqlKind.Json),
        new("priority", RqlKind.Number),
        new("tags", RqlKind.TextArray),
        new("startTimestamp", RqlKind.Timestamp),
        new("nextTimestamp", RqlKind.Timestamp),
        new("catchUp", RqlKind.Text) { Values = CatchUp.Names },
        new("overlap", RqlKind.Text) { Values = Overlap.Names },
        new("paused", RqlKind.Boolean),
        new("pauseReason", RqlKind.Text),
        new("lastTaskId", RqlKind.Id),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp));

    public static RqlSchema ApiRequests { get; } = new(
        new("id", RqlKind.Id),
        new("functionName", RqlKind.Text),
        new("method", RqlKind.Text),
        new("path", RqlKind.Text),
        new("userId", RqlKind.Text),
        new("applicationId", RqlKind.Text),
        new("statusCode", RqlKind.Number),
        new("timestamp", RqlKind.Timestamp),
        new("duration", RqlKind.Number),
        new("error", RqlKind.Composed, new("type", RqlKind.Text), new("name", RqlKind.Text), new("message", RqlKind.Text)));

    /// <summary>What JSON is asked for that is not described: an element of an array.</summary>
    internal static RqlSchema Anything { get; } = new();

    public IReadOnlyList<RqlProperty> Properties { get; } = properties;

    /// <summary>How many are listed where a query says no limit.</summary>
    public int DefaultLimit { get; init; } = RqlQuery.DefaultLimit;

    /// <summary>A limit above this counts as this.</summary>
    public int MaxLimit { get; init; } = RqlQuery.MaxLimit;

    /// <summary>What a path leads to; null: there is no such property.</summary>
    internal RqlPath? Find(IReadOnlyList<string> segments)
    {
        if (this == Anything)
        {
            return InJson("", segments);
        }

        var (name, property) = (segments[0], Named(Properties, segments[0]));
        IReadOnlyList<string> rest = [.. segments.Skip(1)];
        while (property?.Kind == RqlKind.Composed && rest.Count > 0)
        {
            (name, property, rest) = ($"{name}.{rest[0]}", Named(property.Properties, rest[0]), [.. rest.Skip(1)]);
        }

        return property switch
        {
            null => null,
            { Kind: RqlKind.Json } => InJson(name, rest),
            { Kind: RqlKind.TextArray or RqlKind.IdArray } when rest.Count == 1 && RqlPath.IsIndex(rest[0]) =>
                new(name, property.Kind == RqlKind.IdArray ? RqlKind.Id : RqlKind.Text, rest),
            _ when rest.Count > 0 => null,
            _ => new(name, property.Kind, []) { Values = property.Values },
        };

        static RqlPath InJson(string property, IReadOnlyList<string> path) =>
            path.All(IsComparable) ? new(property, RqlKind.Json, path) : RqlPath.Nowhere;
    }

    /// <summary>
    /// Whether databases can compare a text: PostgreSQL holds neither U+0000 nor half of a surrogate pair, so no text with one is ever
    /// found. Where stored JSON has one, U+FFFF stands for it, which is why that is not found either.
    /// </summary>
    internal static bool IsComparable(string text) => !text.AsSpan().ContainsAny('\0', '\uFFFF') && IsWhole(text);

    private static bool IsWhole(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && (!char.IsHighSurrogate(text[i]) || ++i == text.Length || !char.IsLowSurrogate(text[i])))
            {
                return false;
            }
        }

        return true;
    }

    private static RqlProperty? Named(IReadOnlyList<RqlProperty> properties, string name) => properties.FirstOrDefault(property => property.Name == name);
}

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
