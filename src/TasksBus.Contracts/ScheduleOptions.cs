using System.Text.Json;

namespace TasksBus.Contracts;

/// <summary>
/// What a task may have besides its function and its input, on every way to TasksBus. The rules are those of <see cref="TaskRules"/>.
/// </summary>
public sealed record ScheduleOptions
{
    /// <summary>The task's id, such as one that was stored with the caller's own data before. Null makes a new one.</summary>
    public TaskId? TaskId { get; set; }

    /// <summary>
    /// The caller's own name for the task, used instead of an id: 1 to 255 printable ASCII characters, such as an order number. Equal keys
    /// mean one task, for all callers.
    /// </summary>
    public string? IdempotencyKey { get; set; }

    /// <summary>
    /// The priority, -9007199254740991 to 9007199254740991. Tasks with a higher priority run first. Default: the default priority of a
    /// managed function, else 0.
    /// </summary>
    public long? Priority { get; set; }

    /// <summary>The task never starts before this time. Default: now; in a transaction, soon after its commit.</summary>
    public DateTimeOffset? StartTimestamp { get; set; }

    /// <summary>Free words by which the task can be found: at most 100 of at most 256 characters.</summary>
    public IReadOnlyList<string>? Tags { get; set; }

    /// <summary>The caller's own reference, such as the id of an order: 1 to 255 characters. Tasks can be found by it.</summary>
    public string? Reference { get; set; }

    /// <summary>
    /// The service that schedules the task: 1 to 60 of the characters A-Z, a-z, 0-9, - and _. Default: what the client's options say.
    /// </summary>
    public string? Publisher { get; set; }

    /// <summary>
    /// How the input is written. Default: what the client's options say, or else <see cref="JsonSerializerOptions.Web"/>, with names in
    /// camelCase.
    /// </summary>
    public JsonSerializerOptions? InputJson { get; set; }

    /// <summary>Makes a task with a typed input. It is not checked yet.</summary>
    /// <typeparam name="TInput">The type of the input. It must serialize to a JSON object.</typeparam>
    /// <param name="functionName">The function: its name, <c>name:qualifier</c> or ARN.</param>
    /// <param name="input">The function gets it as <c>event.data</c>. Null for no input.</param>
    public ScheduleTask NewTask<TInput>(string functionName, TInput input) => new()
    {
        FunctionName = functionName,
        Data = input is null ? null : JsonSerializer.SerializeToElement(input, InputJson ?? JsonSerializerOptions.Web),
        TaskId = TaskId?.ToString(),
        IdempotencyKey = IdempotencyKey,
        Priority = Priority,
        StartTimestamp = StartTimestamp,
        Tags = Tags,
        Reference = Reference,
        Publisher = Publisher,
    };

    /// <summary>These options, with those of the client where they say nothing.</summary>
    internal static ScheduleOptions Or(ScheduleOptions? options, string? publisher, JsonSerializerOptions inputJson)
    {
        options ??= new();
        return options with { Publisher = options.Publisher ?? publisher, InputJson = options.InputJson ?? inputJson };
    }
}
