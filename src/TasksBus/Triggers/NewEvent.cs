using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Triggers;

/// <summary>An event to raise, which is valid by the rules.</summary>
/// <param name="Content">The content as the JSON text that was sent, or null.</param>
/// <param name="RaisedByTaskId">The task that raises it. Null when no task does.</param>
public sealed record NewEvent(string Type, string? Content, TaskId? RaisedByTaskId)
{
    /// <summary>The actions that the event brings itself: those of a transition.</summary>
    internal IReadOnlyList<OwnAction> Actions { get; init; } = [];

    /// <summary>The calling application: 24 hex digits, or null when it is unknown.</summary>
    public string? CreatedByApplicationId { get; init; }

    /// <summary>The calling user: 24 hex digits, or null when it is unknown.</summary>
    public string? CreatedByUserId { get; init; }

    /// <summary>The event of a message or a body, which is valid by the rules.</summary>
    public static NewEvent Of(EventOccurred raised)
    {
        ArgumentNullException.ThrowIfNull(raised);
        return new(raised.Type!, raised.Content?.GetRawText(), IdOf(raised.RaisedByTaskId));
    }

    /// <summary>The event of a transition, which is valid by the rules. Its content is the transition itself, with its actions.</summary>
    public static NewEvent Of(DocumentTransitioned transition)
    {
        ArgumentNullException.ThrowIfNull(transition);
        var content = JsonSerializer.Serialize(
            new
            {
                schemaId = transition.SchemaId,
                documentId = transition.DocumentId,
                transition = transition.Transition,
                actions = transition.Actions,
                afterActions = transition.AfterActions,
            }, JsonOutput.Objects);
        (string, string)[] fields =
        [
            ("schemaId", JsonSerializer.Serialize(transition.SchemaId)), ("documentId", JsonSerializer.Serialize(transition.DocumentId)),
        ];
        return new(EventRules.DocumentTransitioned, content, IdOf(transition.RaisedByTaskId))
        {
            Actions =
            [
                .. OwnAction.Of("actions", transition.Actions, fields),
                .. OwnAction.Of("afterActions", transition.AfterActions, fields),
            ],
        };
    }

    private static TaskId? IdOf(string? text) => text is null ? null : TaskId.Parse(text);
}

/// <summary>An action that an event brings itself.</summary>
/// <param name="Place">Its place in the event, from which the id of its task derives.</param>
/// <param name="Task">The task that it schedules, with its input.</param>
/// <param name="Delay">The seconds between the event and the start of the task. Null when there is none.</param>
internal sealed record OwnAction(string Place, ScheduleTask Task, long? Delay)
{
    public static IEnumerable<OwnAction> Of(
        string list, IReadOnlyList<TransitionAction>? actions, (string Name, string Json)[] fields) =>
        (actions ?? []).Select((action, i) => (Action: action, Place: $"{list}[{i}]"))
            .Where(static each => each.Action.Type is null or "task")
            .Select(each => new OwnAction(
                each.Place,
                new ScheduleTask
                {
                    FunctionName = each.Action.FunctionName!,
                    Data = TriggerData.With(each.Action.Data?.GetRawText(), fields),
                    StartTimestamp = each.Action.StartTimestamp,
                    Priority = each.Action.Priority,
                    Tags = each.Action.Tags,
                },
                each.Action.Delay));
}
