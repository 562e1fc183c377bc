using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>
/// What an answer shows of a task to the caller who made it. A caller who may view tasks sees everything. Other callers see no more of a
/// task than they sent.
/// </summary>
internal sealed class TaskView
{
    private readonly Func<TaskRecord, IResult> _show;

    private TaskView(Func<TaskRecord, IResult> show) => _show = show;

    /// <summary>The task as it is now.</summary>
    public static TaskView Whole { get; } = new(static task => Results.Bytes(TaskJson.ToBytes(task), ApiAnswers.ContentType));

    /// <summary>The task as it came in, however often it is requested. The caller sent everything in it.</summary>
    private static TaskView Received { get; } = new(static task => Whole.Show(AsItCameIn(task)));

    /// <summary>The task without its content, which another caller sent.</summary>
    private static TaskView Receipt { get; } = new(static task => ApiAnswers.Json(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, task.Id.ToString());
        writer.WriteString("status"u8, TaskStates.New);
        writer.WriteTime("startTimestamp"u8, task.StartTimestamp!.Value);
        writer.WriteTime("creationTimestamp"u8, task.CreationTimestamp);
        writer.WriteOptional("createdByApplicationId"u8, task.CreatedByApplicationId);
        writer.WriteOptional("createdByUserId"u8, task.CreatedByUserId);
        writer.WriteEndObject();
    }));

    /// <summary>The view for a caller who sent the task.</summary>
    public static TaskView OfMaker(Caller caller) => caller.May(Permissions.ViewTasks) ? Whole : Received;

    /// <summary>The view for a caller who had another caller's task made again.</summary>
    public static TaskView OfRepeater(Caller caller) => caller.May(Permissions.ViewTasks) ? Whole : Receipt;

    /// <summary>What the caller who sent a task sees of it, for a list of tasks.</summary>
    public static TaskRecord SeenByMaker(Caller caller, TaskRecord task) => caller.May(Permissions.ViewTasks) ? task : AsItCameIn(task);

    public IResult Show(TaskRecord task) => _show(task);

    private static TaskRecord AsItCameIn(TaskRecord task)
    {
        if (task.Status == TaskStates.New)
        {
            return task;
        }

        var first = task.Copy();
        (first.Status, first.Error, first.RetriedByTaskId) = (TaskStates.New, null, null);
        (first.UpdateTimestamp, first.StatusChangedTimestamp) = (first.CreationTimestamp, first.CreationTimestamp);
        return first;
    }
}
