using TasksBus.Storage;


namespace TasksBus.Schedules;

/// <param name="NextAt">The tick that makes a task next; null while it is paused, and when there is none any more.</param>
public sealed record Schedule(StoredSchedule Row, long? NextAt);
