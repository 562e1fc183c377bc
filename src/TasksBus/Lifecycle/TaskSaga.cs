using MassTransit;
using TasksBus.Contracts;
using TasksBus.Storage;

namespace TasksBus.Lifecycle;

/// <summary>The saga instance: a stored task as the state machine sees it.</summary>
public sealed class TaskSaga : TaskRecord, SagaStateMachineInstance
{
    /// <summary>The task's id, in the form that MassTransit uses for the ids of sagas.</summary>
    public Guid CorrelationId
    {
        get => Id.ToGuid();
        set => Id = TaskId.FromGuid(value);
    }

    /// <summary>The state's name in the machine: the status with a capital letter.</summary>
    public string? CurrentState
    {
        get => Status.Length == 0 ? "Initial" : s_stateOfStatus[Status];
        set => Status = value is null or "Initial" ? "" : s_statusOfState[value];
    }

    /// <summary>Set while the task has a place in the ready queue.</summary>
    public Guid? StartTokenId { get; set; }

    /// <summary>Set while the task has a deadline.</summary>
    public Guid? TimeoutTokenId { get; set; }

    private static readonly Dictionary<string, string> s_stateOfStatus =
        TaskStates.All.ToDictionary(static status => status, static status => char.ToUpperInvariant(status[0]) + status[1..]);

    private static readonly Dictionary<string, string> s_statusOfState =
        s_stateOfStatus.ToDictionary(static pair => pair.Value, static pair => pair.Key);

    /// <summary>A stored task has a place in the queue exactly while it is new, and a deadline exactly while it is in progress.</summary>
    internal void RestoreTokens()
    {
        StartTokenId = Status == TaskStates.New ? CorrelationId : null;
        TimeoutTokenId = Status == TaskStates.InProgress ? CorrelationId : null;
    }
}
