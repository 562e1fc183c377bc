using TasksBus.Storage;


namespace TasksBus.Schedules;

/// <param name="NextAt">The next tick that makes a task. Null while the schedule is paused, and when no tick is left.</param>
public sealed record Schedule(StoredSchedule Row, long? NextAt);
