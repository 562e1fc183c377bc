using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using Xunit;

namespace TasksBus.Tests.Lifecycle;

/// <summary>The life of a task as a table: every state meets every event.</summary>
internal static class LifeOfATask
{
    public const string None = "none";

    /// <summary>The worker that holds the task while it is in progress.</summary>
    public static readonly Guid Worker = Guid.Parse("aaaaaaaa-0000-0000-0000-000000000001");

    private static readonly Guid s_claim = Guid.Parse("cccccccc-0000-0000-0000-000000000002");

    /// <summary>The claim that the task had before it was given back.</summary>
    private static readonly Guid s_earlierClaim = Guid.Parse("cccccccc-0000-0000-0000-000000000001");

    private static readonly DateTimeOffset s_firstNotRun = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");
    private static readonly TaskError s_throttled = new(TaskErrorTypes.Invocation, "TooManyRequestsException", "Throttled.");

    public static readonly IReadOnlyDictionary<string, Func<TaskId, TaskEvent>> Events = new Dictionary<string, Func<TaskId, TaskEvent>>
    {
        ["ScheduleRequested"] = Scheduled,
        ["SuccessorScheduled"] = static id => new SuccessorScheduled(
            id.ToGuid(), Content(id), [TaskId.New().ToString()], null, null, TimeSpan.FromSeconds(1)),
        ["TaskExecutedDirectly"] = static id => new TaskExecutedDirectly(
            id.ToGuid(), Content(id), s_claim, Worker, TimeSpan.FromMinutes(5)),
        ["CancelRequested"] = static id => new CancelRequested(id.ToGuid()),
        ["TaskClaimed"] = static id => Claimed(id, s_claim),
        ["FunctionReturned"] = static id => new FunctionReturned(id.ToGuid(), s_claim, "said"),
        ["FunctionReturned, of an earlier claim"] = static id => new FunctionReturned(id.ToGuid(), s_earlierClaim, "said"),
        ["FunctionFailed"] = static id => new FunctionFailed(id.ToGuid(), s_claim, s_error, "said"),
        ["FunctionFailed, to be retried"] = static id => new FunctionFailed(
            id.ToGuid(), s_claim, s_error, "said", new(SuccessorOf(id).ToString(), TimeSpan.FromSeconds(1))),
        ["FunctionFailed, of an earlier claim"] = static id => new FunctionFailed(id.ToGuid(), s_earlierClaim, s_error, "said"),
        ["FunctionNotRun"] = static id => NotRun(id, s_claim, TimeSpan.FromMinutes(60) - TimeSpan.FromTicks(1)),
        ["FunctionNotRun, for an hour"] = static id => NotRun(id, s_claim, TimeSpan.FromMinutes(60)),
        ["FunctionNotRun, of an earlier claim"] = static id => NotRun(id, s_earlierClaim, TimeSpan.FromMinutes(60)),
        ["WorkerLost"] = static id => new WorkerLost(id.ToGuid(), Worker),
        ["WorkerLost, another one"] = static id => new WorkerLost(id.ToGuid(), Guid.Parse("bbbbbbbb-0000-0000-0000-000000000002")),
        ["TimeLimitReached"] = static id => new TimeLimitReached(id.ToGuid(), TimeSpan.FromMinutes(5)),
        ["StartDue"] = static id => new StartDue(id.ToGuid(), null),
    };

    /// <summary>What moves a task. Every other pair of a state and an event leaves it as it is.</summary>
    public static readonly IReadOnlyDictionary<(string From, string On), string> Moves = new Dictionary<(string, string), string>
    {
        [(None, "ScheduleRequested")] = TaskStates.New,
        [(None, "SuccessorScheduled")] = TaskStates.New,
        [(None, "TaskExecutedDirectly")] = TaskStates.InProgress,
        [(TaskStates.New, "CancelRequested")] = TaskStates.Canceled,
        [(TaskStates.New, "TaskClaimed")] = TaskStates.InProgress,
        [(TaskStates.InProgress, "FunctionReturned")] = TaskStates.Complete,
        [(TaskStates.InProgress, "FunctionFailed")] = TaskStates.Failed,
        [(TaskStates.InProgress, "FunctionFailed, to be retried")] = TaskStates.Retried,
        [(TaskStates.InProgress, "FunctionNotRun")] = TaskStates.New,
        [(TaskStates.InProgress, "FunctionNotRun, for an hour")] = TaskStates.Failed,
        [(TaskStates.InProgress, "WorkerLost")] = TaskStates.Failed,
        [(TaskStates.InProgress, "TimeLimitReached")] = TaskStates.Failed,
    };

    public static readonly IReadOnlyList<string> Final = [TaskStates.Complete, TaskStates.Retried, TaskStates.Failed, TaskStates.Canceled];

    public static TheoryData<string, string, string> Pairs()
    {
        TheoryData<string, string, string> pairs = [];
        foreach (var state in TaskStates.All.Prepend(None))
        {
            foreach (var @event in Events.Keys)
            {
                pairs.Add(state, @event, Moves.GetValueOrDefault((state, @event), state));
            }
        }

        return pairs;
    }

    /// <summary>
    /// The messages that bring a task to a state. Each task was given back once, so a report of its earlier claim can come late.
    /// </summary>
    public static IEnumerable<TaskEvent> PathTo(string state, TaskId id)
    {
        if (state == None)
        {
            return [];
        }

        List<TaskEvent> path = [Scheduled(id), Claimed(id, s_earlierClaim), NotRun(id, s_earlierClaim, TimeSpan.Zero)];
        switch (state)
        {
            case TaskStates.New:
                return path;
            case TaskStates.Canceled:
                return [.. path, Events["CancelRequested"](id)];
        }

        path.Add(Claimed(id, s_claim));
        return state switch
        {
            TaskStates.InProgress => path,
            TaskStates.Complete => [.. path, Events["FunctionReturned"](id)],
            TaskStates.Failed => [.. path, Events["FunctionFailed"](id)],
            TaskStates.Retried => [.. path, Events["FunctionFailed, to be retried"](id)],
            _ => throw new ArgumentOutOfRangeException(nameof(state), state, "No such state."),
        };
    }

    /// <summary>The id of the task that retries the given one.</summary>
    public static TaskId SuccessorOf(TaskId id) => TaskId.FromMessage(id.ToGuid());

    private static ScheduleRequested Scheduled(TaskId id) => new(id.ToGuid(), Content(id));

    private static ScheduleTask Content(TaskId id) => new()
    {
        TaskId = id.ToString(),
        FunctionName = "greet",
        Data = JsonElement.Parse("""{"name":"Ada"}"""),
        StartTimestamp = DateTimeOffset.UnixEpoch,
    };

    private static TaskClaimed Claimed(TaskId id, Guid claim) => new(id.ToGuid(), claim, Worker, TimeSpan.FromMinutes(5));

    private static FunctionNotRun NotRun(TaskId id, Guid claim, TimeSpan later) =>
        new(id.ToGuid(), claim, s_throttled, s_firstNotRun + later, TimeSpan.Zero);
}
