using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Moves a schedule past a tick, if the schedule is at its version and the epoch is the leader's.</summary>
/// <param name="NextAt">The next tick. Null when there is none.</param>
/// <param name="LastTaskId">The task of the tick, if it makes one.</param>
public sealed record ScheduleAdvance(TaskId ScheduleId, long Version, long? NextAt, TaskId? LastTaskId, long Epoch);
