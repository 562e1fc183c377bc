using TasksBus.Contracts;

namespace TasksBus.Query;

/// <summary>The properties of a resource that a query may use.</summary>
public sealed class RqlSchema(params IReadOnlyList<RqlProperty> properties)
{
    /// <summary>The properties that a query on tasks may use.</summary>
    public static RqlSchema Tasks { get; } = new(
        new("id", RqlKind.Id),
        new("status", RqlKind.Text) { Values = TaskStates.All },
        new("statusChangedTimestamp", RqlKind.Timestamp),
        new("functionName", RqlKind.Text),
        new("data", RqlKind.Json),
        new("startTimestamp", RqlKind.Timestamp),
        new("tags", RqlKind.TextArray),
        new("reference", RqlKind.Text),
        new("publisher", RqlKind.Text),
        new("priority", RqlKind.Number),
        new("creationTimestamp", RqlKind.Timestamp),
        new("updateTimestamp", RqlKind.Timestamp),
        new("createdByApplicationId", RqlKind.Text),
        new("createdByUserId", RqlKind.Text),
        new("scheduleId", RqlKind.Id),
        new("eventId", RqlKind.Id),
        new(
            "error", RqlKind.Composed,
            new("type", RqlKind.Text) { Values = [TaskErrorTypes.Invocation, TaskErrorTypes.Runtime] }, new("name", RqlKind.Text),
            new("message", RqlKind.Text)),
        new("retriedByTaskId", RqlKind.Id),
        new("retryForTaskIds", RqlKind.IdArray));

    /// <summary>The properties that a query on requests to API functions may use.</summary>
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

    /// <summary>The schema of undescribed JSON: an element of an array.</summary>
    internal static RqlSchema Anything { get; } = new();

    /// <summary>The properties, in no order that matters.</summary>
    public IReadOnlyList<RqlProperty> Properties { get; } = properties;

    /// <summary>How many resources are listed when a query has no limit.</summary>
    public int DefaultLimit { get; init; } = RqlQuery.DefaultLimit;

    /// <summary>A higher limit counts as this one.</summary>
    public int MaxLimit { get; init; } = RqlQuery.MaxLimit;

    /// <summary>The target of a path, or null when there is no such property.</summary>
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
    /// Returns true when databases can compare a text. PostgreSQL holds neither U+0000 nor half of a surrogate pair, so no text with one of
    /// them is ever found. In stored JSON U+FFFF stands for them, so that is not found either.
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

    private static RqlProperty? Named(IReadOnlyList<RqlProperty> properties, string name) =>
        properties.FirstOrDefault(property => property.Name == name);
}
