using System.Runtime.InteropServices;
using System.Text.Json;

namespace TasksBus.Contracts;

/// <summary>
/// The rules for events and for the actions that they trigger. As with <see cref="TaskRules"/>, they are the same over HTTP, over the bus
/// and in a publisher's own process.
/// </summary>
public static class EventRules
{
    /// <summary>The type of the events that TasksBus raises for tasks that failed, where <c>TasksBus:TaskFailedEvents</c> is set.</summary>
    public const string TaskFailed = "task_failed";

    /// <summary>The type under which transitions of documents are stored.</summary>
    public const string DocumentTransitioned = "document_transitioned";

    /// <summary>The longest type, and the longest id or name in a transition, in characters.</summary>
    public const int MaxNameLength = 255;

    /// <summary>The largest content of an event, in bytes of UTF-8. Each of its tasks gets a copy.</summary>
    public const int MaxContentBytes = 256 * 1024;

    /// <summary>
    /// How deeply the content may be nested. It stands five levels deep in lists of its tasks, and many readers of JSON take 64.
    /// </summary>
    public const int MaxContentDepth = 50;

    /// <summary>The largest data of an action, in bytes of UTF-8.</summary>
    public const int MaxActionDataBytes = 1024 * 1024;

    /// <summary>The longest delay of an action, in seconds: a hundred years.</summary>
    public const long MaxDelay = 3_153_600_000;

    /// <summary>The most actions that one dispatcher, or one transition, may have.</summary>
    public const int MaxActions = 100;

    /// <summary>The most actions that all dispatchers of one event type may have together.</summary>
    public const int MaxActionsOfType = 1_000;

    /// <summary>
    /// How deep triggers may trigger each other. An event that a task raises is as deep as its task, and a task that it triggers is one
    /// deeper. An event of this depth triggers nothing.
    /// </summary>
    public const int MaxDepth = 10;

    private const int Shown = 40;

    /// <summary>Returns what is wrong with an event. Null when it meets the rules.</summary>
    public static TaskFault? FaultOf(EventOccurred raised)
    {
        ArgumentNullException.ThrowIfNull(raised);
        return FaultOfIds(raised.EventId, raised.IdempotencyKey, raised.RaisedByTaskId)
            ?? FaultOfName("type", raised.Type, "such as user_deleted")
            ?? (raised.Content is { } content ? FaultOfContent(content) : null);
    }

    /// <summary>Returns what is wrong with a transition. Null when it meets the rules.</summary>
    public static TaskFault? FaultOf(DocumentTransitioned transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        return FaultOfIds(transition.EventId, transition.IdempotencyKey, transition.RaisedByTaskId)
            ?? FaultOfName("schemaId", transition.SchemaId, "the id of the document's schema")
            ?? FaultOfName("documentId", transition.DocumentId, "the id of the document")
            ?? (transition.Transition is null ? null : FaultOfName("transition", transition.Transition, "its name"))
            ?? ((transition.Actions?.Count ?? 0) + (transition.AfterActions?.Count ?? 0) is > MaxActions and var count
                ? Format($"A transition has at most {MaxActions} actions and afterActions; got {count}.") : null)
            ?? FaultOfActions("actions", transition.Actions ?? [])
            ?? FaultOfActions("afterActions", transition.AfterActions ?? [])
            ?? FaultOfSize(transition);
    }

    /// <summary>Returns what is wrong with the type of an event, or another required name. Null when it meets the rules.</summary>
    /// <param name="field">The name of the field, for the message.</param>
    /// <param name="form">What it is, for the message.</param>
    public static TaskFault? FaultOfName(string field, string? name, string form) =>
        name is null or "" ? new(ErrorCode.MissingRequiredFields, $"{field} is required: {form}.")
        : name.Length > MaxNameLength || !TaskRules.IsStorable(name)
            ? Format(
                $"{field} must be a text of 1 to {MaxNameLength} characters without U+0000 and half of a surrogate pair; "
                + $"got '{(name.Length > Shown ? $"{name.Substring(0, Shown)}..." : name)}'.")
        : null;

    /// <summary>Returns what is wrong with the data and the times of an action. Its other fields follow the rules of a task.</summary>
    public static TaskFault? FaultOfAction(JsonElement? data, DateTimeOffset? startTimestamp, long? delay) =>
        data is { } given && JsonMarshal.GetRawUtf8Value(given).Length is > MaxActionDataBytes and var bytes
            ? new(ErrorCode.DataTooLarge,
                $"data has {bytes} bytes; an action may have {MaxActionDataBytes}. Store it elsewhere and send a reference.")
        : delay is < 0 or > MaxDelay ? Format($"delay must be whole seconds, from 0 to {MaxDelay}; got {delay}.")
        : delay is not null && startTimestamp is not null
            ? Format("startTimestamp and delay exclude each other: give one of them.")
        : null;

    private static TaskFault? FaultOfIds(string? eventId, string? key, string? raisedBy) =>
        eventId is not null && (!TaskId.TryParse(eventId, out var id) || id == default)
            ? new(ErrorCode.IdFormat, "eventId must be 24 hex digits, not all zeros, such as 507f1f77bcf86cd799439011.")
        : raisedBy is not null && !TaskId.TryParse(raisedBy, out _)
            ? new(ErrorCode.IdFormat, "raisedByTaskId must be the id of a task: 24 hex digits, such as 507f1f77bcf86cd799439011.")
        : key is null ? null
        : eventId is not null ? Format("An event has an eventId or an idempotencyKey, not both: leave one out.")
        : TaskRules.IsKey(key) ? null
        : Format($"idempotencyKey must be a text of 1 to {TaskRules.MaxKeyLength} printable ASCII characters.");

    private static TaskFault? FaultOfContent(JsonElement content)
    {
        if (content.ValueKind != JsonValueKind.Object)
        {
            return Format($"content must be a JSON object; got {content.ValueKind.ToString().ToLowerInvariant()}.");
        }

        var bytes = JsonMarshal.GetRawUtf8Value(content).Length;
        return bytes > MaxContentBytes
                ? new(ErrorCode.DataTooLarge,
                    $"content has {bytes} bytes; an event may have {MaxContentBytes}. Store it elsewhere and send a reference.")
            : JsonLevels.AreMoreThan(MaxContentDepth, content) ? Format($"content must be nested at most {MaxContentDepth} levels deep.")
            : null;
    }

    private static TaskFault? FaultOfActions(string list, IReadOnlyList<TransitionAction> actions)
    {
        for (var i = 0; i < actions.Count; i++)
        {
            if (FaultOfAction(actions[i]) is { } fault)
            {
                return fault with { Message = $"{list}[{i}]: {fault.Message}" };
            }
        }

        return null;
    }

    /// <summary>A transition is stored as the content of an event, in which the data of its actions stands three levels deep.</summary>
    private static TaskFault? FaultOfSize(DocumentTransitioned transition)
    {
        const int MaxDataDepth = MaxContentDepth - 3;
        if ((transition.Actions ?? []).Concat(transition.AfterActions ?? [])
            .Any(static action => action.Data is { } data && JsonLevels.AreMoreThan(MaxDataDepth, data)))
        {
            return Format($"The data of a transition's action must be nested at most {MaxDataDepth} levels deep.");
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(transition, JsonSerializerOptions.Web).Length;
        return bytes <= MaxContentBytes ? null
            : new(ErrorCode.DataTooLarge,
                $"The transition has {bytes} bytes with its actions; it may have {MaxContentBytes}. Give the actions less data.");
    }

    private static TaskFault? FaultOfAction(TransitionAction? action) =>
        action is null ? Format("An action is a JSON object.")
        : (action.Type ?? "task") != "task" ? null
        : TaskRules.FaultOf(
            new ScheduleTask
            {
                FunctionName = action.FunctionName ?? "",
                Data = action.Data,
                Priority = action.Priority,
                Tags = action.Tags,
            })
            ?? FaultOfAction(action.Data, action.StartTimestamp, action.Delay);

    private static TaskFault Format(string message) => new(ErrorCode.FieldFormat, message);
}
