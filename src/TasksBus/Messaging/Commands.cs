using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>The content of our queues, as JSON.</summary>
internal static class Commands
{
    public static ScheduleTask ReadScheduleTask(JsonBody body) => TaskBody.ToTask(body);

    public static ScheduleTasks ReadScheduleTasks(JsonBody body) => new() { Tasks = TaskBody.ToTasks(body, TaskBody.ToTask) };

    public static CancelTask ReadCancelTask(JsonBody body) => new(ReadId(body));

    public static GetTask ReadGetTask(JsonBody body) => new(ReadId(body));

    public static EventOccurred ReadEventOccurred(JsonBody body) => EventBody.ToEvent(body);

    public static DocumentTransitioned ReadDocumentTransitioned(JsonBody body) => EventBody.ToTransition(body);

    public static ExecuteTasks ReadExecuteTasks(JsonBody body)
    {
        var ids = body.Strings("taskIds") ?? throw Missing("taskIds is required: an array of ids.");
        ids.ForEach(ScheduleRules.CheckId);
        return new(ids);
    }

    private static string ReadId(JsonBody body)
    {
        var id = body.Text("taskId") ?? throw Missing("taskId is required: 24 hex digits, such as 507f1f77bcf86cd799439011.");
        ScheduleRules.CheckId(id);
        return id;
    }

    private static CommandRefusedException Missing(string message) => new(ErrorCode.MissingRequiredFields, message);
}
