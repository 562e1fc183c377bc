using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Reads events and transitions from bodies and messages. Names of fields may be in camel case or in snake case.</summary>
public static class EventBody
{
    /// <summary>The type of the actions that schedule tasks.</summary>
    public const string TaskAction = "task";

    private const string MailAction = "mail";

    /// <exception cref="CommandRefusedException">The body is not a valid event.</exception>
    public static EventOccurred ToEvent(JsonBody body)
    {
        body = body with { IsSnakeToo = true, Texts = "Texts" };
        EventOccurred raised = new()
        {
            EventId = body.IsMessage ? body.Text("eventId") : null,
            IdempotencyKey = body.IsMessage ? body.Text("idempotencyKey") : null,
            Type = body.Text("type"),
            Content = body.Field("content", JsonValueKind.Object, "a JSON object"),
            RaisedByTaskId = body.Text("raisedByTaskId"),
        };
        ScheduleRules.Refuse(EventRules.FaultOf(raised));
        return raised;
    }

    /// <exception cref="CommandRefusedException">The body is not a valid transition.</exception>
    public static DocumentTransitioned ToTransition(JsonBody body)
    {
        body = body with { IsSnakeToo = true, Texts = "Texts" };
        DocumentTransitioned transition = new()
        {
            EventId = body.IsMessage ? body.Text("eventId") : null,
            IdempotencyKey = body.IsMessage ? body.Text("idempotencyKey") : null,
            SchemaId = body.Text("schemaId"),
            DocumentId = body.Text("documentId"),
            Transition = body.Text("transition"),
            Actions = ToActions(body, "actions"),
            AfterActions = ToActions(body, "afterActions"),
            RaisedByTaskId = body.Text("raisedByTaskId"),
        };
        ScheduleRules.Refuse(EventRules.FaultOf(transition));
        return transition;
    }

    /// <summary>Reads the type of a dispatcher's action, which must be that of a task.</summary>
    /// <exception cref="CommandRefusedException">It is another type, or missing though it is required.</exception>
    public static void RequireTask(JsonBody body, bool isRequired)
    {
        switch (body.Text("type"))
        {
            case TaskAction:
                break;
            case null when !isRequired:
                break;
            case null:
                throw new CommandRefusedException(ErrorCode.MissingRequiredFields, "type is required: 'task'.");
            case MailAction:
                throw new CommandRefusedException(
                    ErrorCode.FieldFormat,
                    "type must be 'task': this server sends no mail. Let a task's function send it.");
            case var other:
                throw new CommandRefusedException(ErrorCode.FieldFormat, $"type must be 'task'; got '{Excerpt.Of(other, 40)}'.");
        }
    }

    private static List<TransitionAction>? ToActions(JsonBody body, string list) =>
        body.Field(list, JsonValueKind.Array, "an array of actions") is { } actions
            ? body.Each(list, actions, "An action", ToAction) : null;

    /// <summary>The fields of actions of other types are their own, and may have any form.</summary>
    private static TransitionAction ToAction(JsonBody body) => (body.Text("type") ?? TaskAction) is var type and not TaskAction
        ? new TransitionAction { Type = type }
        : new TransitionAction
        {
            Type = TaskAction,
            FunctionName = body.Text("functionName"),
            Data = body.Field("data", JsonValueKind.Object, "a JSON object"),
            Priority = body.WholeNumber("priority"),
            Tags = body.Strings("tags"),
            StartTimestamp = body.Timestamp("startTimestamp"),
            Delay = body.WholeNumber("delay", $"whole seconds, from 0 to {EventRules.MaxDelay}"),
        };
}
