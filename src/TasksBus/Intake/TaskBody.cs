using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Reads tasks from JSON, from the bus as from HTTP: the same rules, in the same words.</summary>
public static class TaskBody
{
    /// <summary>A task to schedule, or why it is none.</summary>
    /// <param name="isMessage">Whether it came over the bus: then it may choose its id, and names may differ in case, as MassTransit's serializers write them.</param>
    public static (ScheduleTask Task, Refusal? Refusal) ToTask(JsonElement body, bool isMessage = false)
    {
        Refusal? refusal = null;
        try
        {
            var task = new ScheduleTask
            {
                TaskId = isMessage ? JsonBody.Text(body, "taskId", ref refusal, isMessage) : null,
                IdempotencyKey = isMessage ? JsonBody.Text(body, "idempotencyKey", ref refusal, isMessage) : null,
                FunctionName = JsonBody.Text(body, "functionName", ref refusal, isMessage) ?? "",
                Data = JsonBody.Field(body, "data", JsonValueKind.Object, "a JSON object", ref refusal, isMessage),
                StartTimestamp = JsonBody.Timestamp(body, "startTimestamp", ref refusal, isMessage),
                Priority = JsonBody.WholeNumber(body, "priority", ref refusal, anyCase: isMessage),
                Tags = JsonBody.Strings(body, "tags", ref refusal, isMessage),
            };
            return (task, refusal ?? ScheduleRules.Check(task));
        }
        catch (InvalidOperationException)
        {
            return (null!, JsonBody.HalfPair);
        }
    }

    /// <summary>The tasks of a batch, or why they are none; the message names the first bad one by its index.</summary>
    /// <param name="read">Reads one of them, where there is more to check than <see cref="ToTask"/> does.</param>
    /// <param name="isMessage"><inheritdoc cref="ToTask"/></param>
    public static (IReadOnlyList<ScheduleTask> Tasks, Refusal? Refusal) ToTasks(
        JsonElement body, Func<JsonElement, (ScheduleTask Task, Refusal? Refusal)>? read = null, bool isMessage = false)
    {
        read ??= element => ToTask(element, isMessage);
        JsonElement list;
        try
        {
            if (!JsonBody.TryFind(body, "tasks", isMessage, out list))
            {
                return ([], new(ErrorCode.MissingRequiredFields, "tasks is required: an array of tasks."));
            }
        }
        catch (InvalidOperationException)
        {
            return ([], JsonBody.HalfPair);
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > ScheduleRules.MaxTasksAtOnce)
        {
            var got = list.ValueKind == JsonValueKind.Array ? $"{list.GetArrayLength()}" : list.ValueKind.ToString().ToLowerInvariant();
            return ([], new(ErrorCode.FieldFormat, $"tasks must be an array of 1 to {ScheduleRules.MaxTasksAtOnce} tasks; got {got}."));
        }

        List<ScheduleTask> tasks = [];
        foreach (var element in list.EnumerateArray())
        {
            var (task, refusal) = element.ValueKind == JsonValueKind.Object ? read(element) : (null!, new(ErrorCode.FieldFormat, "A task is a JSON object."));
            if (refusal is not null)
            {
                return ([], refusal.At(tasks.Count));
            }

            tasks.Add(task);
        }

        return (tasks, null);
    }
}
