using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>Reads tasks from JSON, from the bus and from HTTP, by the same rules and with the same messages.</summary>
public static class TaskBody
{
    /// <summary>Reads a task to schedule.</summary>
    /// <exception cref="CommandRefusedException">The body is not a valid task.</exception>
    public static ScheduleTask ToTask(JsonBody body) => ToTask(body, mayHaveId: true);

    /// <summary>Reads a task to schedule.</summary>
    /// <param name="mayHaveId">True when its caller may choose the task's id.</param>
    /// <exception cref="CommandRefusedException">The body is not a valid task.</exception>
    public static ScheduleTask ToTask(JsonBody body, bool mayHaveId)
    {
        ScheduleTask task = new()
        {
            TaskId = mayHaveId ? body.Text("taskId") : null,
            IdempotencyKey = body.IsMessage ? body.Text("idempotencyKey") : null,
            FunctionName = body.Text("functionName") ?? "",
            Data = body.Field("data", JsonValueKind.Object, "a JSON object"),
            StartTimestamp = body.Timestamp("startTimestamp"),
            Priority = body.WholeNumber("priority"),
            Tags = body.Strings("tags"),
            Reference = body.Text("reference"),
            Publisher = body.Text("publisher"),
        };
        ScheduleRules.Check(task);
        return task;
    }

    /// <summary>Reads the tasks of a batch.</summary>
    /// <param name="read">Reads one task.</param>
    /// <exception cref="CommandRefusedException">The body is not a valid batch. The message names the first bad task by its
    /// index.</exception>
    public static IReadOnlyList<ScheduleTask> ToTasks(JsonBody body, Func<JsonBody, ScheduleTask> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (!body.TryFind("tasks", out var list))
        {
            throw new CommandRefusedException(ErrorCode.MissingRequiredFields, "tasks is required: an array of tasks.");
        }

        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > TaskRules.MaxTasksAtOnce)
        {
            var got = list.ValueKind == JsonValueKind.Array ? $"{list.GetArrayLength()}" : list.ValueKind.ToString().ToLowerInvariant();
            throw new CommandRefusedException(ErrorCode.FieldFormat, TaskRules.BatchForm(got));
        }

        return body.Each("tasks", list, "A task", read);
    }
}
