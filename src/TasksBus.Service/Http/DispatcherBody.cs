using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Triggers;

namespace TasksBus.Service.Http;

/// <summary>Reads and writes dispatchers and their actions.</summary>
internal static class DispatcherBody
{
    private static readonly string s_delayForm = $"whole seconds, from 0 to {EventRules.MaxDelay}";

    /// <exception cref="CommandRefusedException">The body is not a valid dispatcher.</exception>
    public static NewTrigger Read(JsonBody body, BodyFields fields)
    {
        fields.Check(body, BodyFields.Dispatcher);
        body = body with { Texts = "Texts" };
        NewTrigger wanted = new(body.Text("eventType") ?? "", ReadActions(body, fields))
        {
            Name = body.Text("name"),
            Description = body.Text("description"),
            Tags = body.Strings("tags") ?? [],
        };
        wanted.Check();
        return wanted;
    }

    /// <summary>Reads an update.</summary>
    /// <returns>Changes a dispatcher as the body says.</returns>
    /// <exception cref="CommandRefusedException">The body is not a valid update.</exception>
    public static Func<StoredTrigger, StoredTrigger> ReadUpdate(JsonBody body, BodyFields fields)
    {
        fields.Check(body, BodyFields.DispatcherUpdate);
        body = body with { Texts = "Texts" };
        var (eventType, name, description, tags) =
            (body.Text("eventType"), body.Text("name"), body.Text("description"), body.Strings("tags"));
        new NewTrigger(eventType ?? "any", []) { Name = name, Description = description, Tags = tags ?? [] }.Check();
        return trigger => trigger with
        {
            EventType = eventType ?? trigger.EventType,
            Name = name ?? trigger.Name,
            Description = description ?? trigger.Description,
            Tags = tags ?? trigger.Tags,
        };
    }

    /// <exception cref="CommandRefusedException">The body is not an action of a task. The rest of the rules is not checked.</exception>
    public static NewAction ReadAction(JsonBody body, BodyFields fields)
    {
        body = body with { Texts = "Texts" };
        EventBody.RequireTask(body, isRequired: true);
        return ReadTask(body, fields);
    }

    /// <summary>Reads an update of an action.</summary>
    /// <returns>Changes an action as the body says.</returns>
    /// <exception cref="CommandRefusedException">The body is not a valid update.</exception>
    public static Func<TriggerAction, TriggerAction> ReadActionUpdate(JsonBody body, BodyFields fields)
    {
        body = body with { Texts = "Texts" };
        EventBody.RequireTask(body, isRequired: false);
        var wanted = ReadTask(body, fields);
        var task = wanted.Task;
        var isNamed = body.Text("functionName") is not null;
        (wanted with { Task = task with { FunctionName = isNamed ? task.FunctionName : "any" } }).Check();
        var changesStart = task.StartTimestamp is not null || wanted.Delay is not null;
        return action => action with
        {
            Name = wanted.Name ?? action.Name,
            Description = wanted.Description ?? action.Description,
            FunctionName = isNamed ? task.FunctionName : action.FunctionName,
            Data = task.Data?.GetRawText() ?? action.Data,
            Tags = task.Tags ?? action.Tags,
            StartTimestamp = changesStart ? task.StartTimestamp : action.StartTimestamp,
            Delay = changesStart ? wanted.Delay : action.Delay,
            Priority = task.Priority ?? action.Priority,
        };
    }

    /// <summary>Writes a dispatcher.</summary>
    public static void Write(Utf8JsonWriter writer, StoredTrigger trigger)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, trigger.Id.ToString());
        writer.WriteString("eventType"u8, trigger.EventType);
        writer.WriteOptional("name"u8, trigger.Name);
        writer.WriteOptional("description"u8, trigger.Description);
        writer.WriteTexts("tags"u8, trigger.Tags);
        writer.WriteStartArray("actions"u8);
        foreach (var action in trigger.Actions)
        {
            TriggerJson.WriteAction(writer, action);
        }

        writer.WriteEndArray();
        writer.WriteOptional("createdByApplicationId"u8, trigger.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, trigger.CreatedByUserId);
        writer.WriteTime("creationTimestamp"u8, Microseconds.ToTime(trigger.CreatedAt));
        writer.WriteTime("updateTimestamp"u8, Microseconds.ToTime(trigger.UpdatedAt));
        writer.WriteEndObject();
    }

    private static NewAction ReadTask(JsonBody body, BodyFields fields)
    {
        fields.Check(body, BodyFields.Action);
        return new(new ScheduleTask
        {
            FunctionName = body.Text("functionName") ?? "",
            Data = body.Field("data", JsonValueKind.Object, "a JSON object"),
            StartTimestamp = body.Timestamp("startTimestamp"),
            Priority = body.WholeNumber("priority"),
            Tags = body.Strings("tags"),
        })
        {
            Name = body.Text("name"),
            Description = body.Text("description"),
            Delay = body.WholeNumber("delay", s_delayForm),
        };
    }

    private static List<NewAction> ReadActions(JsonBody body, BodyFields fields)
    {
        var actions = body.Field("actions", JsonValueKind.Array, "an array of actions")
            ?? throw new CommandRefusedException(ErrorCode.MissingRequiredFields, "actions is required: an array of actions.");
        return body.Each("actions", actions, "An action", action => ReadAction(action, fields));
    }
}
