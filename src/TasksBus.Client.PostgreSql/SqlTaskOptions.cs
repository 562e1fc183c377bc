using System.Text.Json;

namespace TasksBus.Client.PostgreSql;

/// <summary>What a task may have beside its function and its input. Nothing is required.</summary>
public sealed record SqlTaskOptions
{
    /// <summary>The id of the task: 24 hex digits. Default: one that derives from <see cref="IdempotencyKey"/>, or a new one.</summary>
    public string? TaskId { get; init; }

    /// <summary>
    /// Your own name for the task, used instead of an id: 1 to 255 printable ASCII characters, such as an order number. The same key makes
    /// one task, whoever uses it.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// The priority, -9007199254740991 to 9007199254740991; higher ones run first. Default: that of a managed function, else 0.
    /// </summary>
    public long? Priority { get; init; }

    /// <summary>The task never starts before this time. Default: when it is taken in, soon after the commit.</summary>
    public DateTimeOffset? StartTimestamp { get; init; }

    /// <summary>Free words by which the task can be found: at most 100, of at most 256 characters each.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>How the input is written as JSON. Default: <see cref="JsonSerializerOptions.Web"/>, with names in camel case.</summary>
    public JsonSerializerOptions? Json { get; init; }
}
