using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>
/// Tells that something happened. Each task action of each dispatcher for this type schedules its task, in one transaction with the event.
/// If it is delivered twice nothing happens twice: the id identifies the event, and the first content of an id wins. A request is answered
/// with <see cref="EventOccurredResult"/>, or with a <c>Fault</c> that says why it is refused.
/// </summary>
public sealed record EventOccurred
{
    /// <summary>
    /// The id of the event, 24 hex digits, chosen by the publisher. If it is null, the id derives from <see cref="IdempotencyKey"/>, or
    /// else from the message's id.
    /// </summary>
    public string? EventId { get; init; }

    /// <summary>
    /// The publisher's own name for the event, used instead of an id: 1 to 255 printable ASCII characters. All publishers share one set of
    /// keys.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What happened, such as <c>user_deleted</c>: 1 to 255 characters. It is required.</summary>
    public string? Type { get; init; }

    /// <summary>What there is to know about it: a JSON object of at most 256 KB, nested at most 50 levels deep. Default: none.</summary>
    public JsonElement? Content { get; init; }

    /// <summary>
    /// The task whose function raises the event, 24 hex digits. Its depth passes to the event, so that triggers that trigger each other
    /// end. Default: none.
    /// </summary>
    public string? RaisedByTaskId { get; init; }
}

/// <summary>The answer to <see cref="EventOccurred"/>: the event and its tasks are stored.</summary>
/// <param name="EventId">24 hex digits.</param>
public sealed record EventOccurredResult(string EventId);

/// <summary>
/// Tells that a document of a data service took a transition. Each task action of the transition schedules its task, in one transaction.
/// The transition is stored as an event of the type <see cref="EventRules.DocumentTransitioned"/>, so dispatchers for that type schedule
/// theirs too. The same rules as for <see cref="EventOccurred"/> hold. A request is answered with <see cref="DocumentTransitionedResult"/>.
/// </summary>
public sealed record DocumentTransitioned
{
    /// <summary>The id of the event, under the rule of <see cref="EventOccurred.EventId"/>.</summary>
    public string? EventId { get; init; }

    /// <summary>The publisher's own name for the event, under the rule of <see cref="EventOccurred.IdempotencyKey"/>.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>The schema of the document: 1 to 255 characters. It is required.</summary>
    public string? SchemaId { get; init; }

    /// <summary>The document: 1 to 255 characters. It is required.</summary>
    public string? DocumentId { get; init; }

    /// <summary>The name of the transition: 1 to 255 characters, or null.</summary>
    public string? Transition { get; init; }

    /// <summary>The actions of the transition, at most 100 together with <see cref="AfterActions"/>.</summary>
    public IReadOnlyList<TransitionAction>? Actions { get; init; }

    /// <summary>The actions after the transition.</summary>
    public IReadOnlyList<TransitionAction>? AfterActions { get; init; }

    /// <summary>The task whose function made the transition, under the rule of <see cref="EventOccurred.RaisedByTaskId"/>.</summary>
    public string? RaisedByTaskId { get; init; }
}

/// <summary>The answer to <see cref="DocumentTransitioned"/>: the transition and its tasks are stored.</summary>
/// <param name="EventId">24 hex digits.</param>
public sealed record DocumentTransitionedResult(string EventId);

/// <summary>An action of a transition. Those of another type than <c>task</c> are the data service's own, and are left to it.</summary>
public sealed record TransitionAction
{
    /// <summary>The type of the action. Default: <c>task</c>.</summary>
    public string? Type { get; init; }

    /// <summary>The function to run, as in <see cref="ScheduleTask.FunctionName"/>. A task action requires it.</summary>
    public string? FunctionName { get; init; }

    /// <summary>
    /// The input, as in <see cref="ScheduleTask.Data"/>. The whole transition may have 256 KB. The task gets the input with
    /// <c>schemaId</c> and <c>documentId</c>, which replace fields of these names.
    /// </summary>
    public JsonElement? Data { get; init; }

    /// <summary>The priority, as in <see cref="ScheduleTask.Priority"/>.</summary>
    public long? Priority { get; init; }

    /// <summary>The tags of the task.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The task never starts before this time. Default: now.</summary>
    [JsonConverter(typeof(UtcTimestampConverter))]
    public DateTimeOffset? StartTimestamp { get; init; }

    /// <summary>The seconds between the transition and the start of the task, 0 to 3,153,600,000, instead of a start time.</summary>
    public long? Delay { get; init; }
}
