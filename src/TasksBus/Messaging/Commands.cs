using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>What our queues take, as JSON.</summary>
internal static class Commands
{
    public static (ScheduleTask Message, Refusal? Refusal) ReadScheduleTask(JsonElement body) => TaskBody.ToTask(body, isMessage: true);

    public static (ScheduleTasks Message, Refusal? Refusal) ReadScheduleTasks(JsonElement body)
    {
        var (tasks, refusal) = TaskBody.ToTasks(body, isMessage: true);
        return (new() { Tasks = tasks }, refusal);
    }

    public static (CancelTask Message, Refusal? Refusal) ReadCancelTask(JsonElement body)
    {
        Refusal? refusal = null;
        var id = JsonBody.Text(body, "taskId", ref refusal, anyCase: true);
        return (new(id ?? ""), refusal ?? (id is null ? new(ErrorCode.MissingRequiredFields, "taskId is required: 24 hex digits, such as 507f1f77bcf86cd799439011.") : ScheduleRules.CheckId(id)));
    }

    public static (ExecuteTasks Message, Refusal? Refusal) ReadExecuteTasks(JsonElement body)
    {
        Refusal? refusal = null;
        var ids = JsonBody.Strings(body, "taskIds", ref refusal, anyCase: true);
        return (new(ids ?? []), refusal
            ?? (ids is null ? new(ErrorCode.MissingRequiredFields, "taskIds is required: an array of ids.") : ids.Select(ScheduleRules.CheckId).FirstOrDefault(static wrong => wrong is not null)));
    }
}
