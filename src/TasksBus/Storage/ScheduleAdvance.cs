using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>A schedule's step past a tick: taken while the schedule is at its version and the epoch is the leader's.</summary>
/// <param name="NextAt">The tick that is next; null where there is none.</param>
/// <param name="LastTaskId">The task of the tick, where it makes one.</param>
public sealed record ScheduleAdvance(TaskId ScheduleId, long Version, long? NextAt, TaskId? LastTaskId, long Epoch);
