using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Triggers;

/// <summary>The tasks that an event triggers, each with its id.</summary>
internal sealed class TriggeredTasks
{
    /// <summary>The limit for the inputs and tags of an event's tasks together, in bytes. They are stored in one transaction.</summary>
    public const long MaxData = 32 * 1024 * 1024;

    private readonly List<TaskId> _ids = [];
    private readonly List<ScheduleTask> _tasks = [];
    private long _data;

    public IReadOnlyList<TaskId> Ids => _ids;

    public IReadOnlyList<ScheduleTask> Tasks => _tasks;

    /// <summary>Makes the tasks of an event: first those of its own actions, then those of the triggers.</summary>
    /// <exception cref="CommandRefusedException">The tasks would be too large together.</exception>
    public static TriggeredTasks Of(RaisedEvent raised, IReadOnlyList<OwnAction> own, IReadOnlyList<StoredTrigger> triggers)
    {
        TriggeredTasks all = new();
        foreach (var action in own)
        {
            all.Add(raised, action.Place, action.Delay, action.Task with
            {
                CreatedByApplicationId = raised.CreatedByApplicationId,
                CreatedByUserId = raised.CreatedByUserId,
            });
        }

        var data = triggers.Count > 0 ? TriggerData.Of(raised) : "";
        foreach (var trigger in triggers)
        {
            foreach (var action in trigger.Actions)
            {
                all.Add(raised, action.Id.ToString(), action.Delay, new ScheduleTask
                {
                    FunctionName = action.FunctionName,
                    Data = TriggerData.WithEvent(action.Data, data),
                    StartTimestamp = action.StartTimestamp,
                    Priority = action.Priority,
                    Tags = action.Tags,
                    CreatedByApplicationId = trigger.CreatedByApplicationId,
                    CreatedByUserId = trigger.CreatedByUserId,
                });
            }
        }

        return all;
    }

    private void Add(RaisedEvent raised, string action, long? delay, ScheduleTask task)
    {
        _data += TaskTransitions.DataLength(task);
        if (_data > MaxData)
        {
            throw new CommandRefusedException(
                ErrorCode.DataTooLarge,
                $"The inputs of the tasks that the event triggers would have more than {MaxData} bytes together. "
                + "Send less content, give the actions less data, or trigger fewer actions.");
        }

        _ids.Add(DerivedId.OfTriggered(raised.Id, action));
        _tasks.Add(task with
        {
            StartTimestamp = delay is { } seconds ? Microseconds.ToTime(raised.CreatedAt + seconds * 1_000_000) : task.StartTimestamp,
            Depth = raised.Depth + 1,
        });
    }
}
