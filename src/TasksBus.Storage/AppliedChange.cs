namespace TasksBus.Storage;

/// <summary>
/// The values that a store gave to a change. They are passed to the change only after the commit. If the transaction is rolled back, the
/// change is sent again, and none of these values may remain in it, in particular no start time.
/// </summary>
/// <param name="At">When the change was written.</param>
/// <param name="Number">The task's number.</param>
/// <param name="StartAt">The task's start time.</param>
internal readonly record struct AppliedChange(TaskChange Change, long At, long Number, long StartAt)
{
    /// <summary>The applied change of a task that was stored before.</summary>
    public static AppliedChange Moved(TaskChange change, long at) =>
        new(change, at, change.Task.Number, Microseconds.Of(change.Task.StartTimestamp!.Value));

    public void CopyToTask()
    {
        var (task, at) = (Change.Task, Microseconds.ToTime(At));
        if (Change.IsInsert)
        {
            (task.Number, task.StartTimestamp, task.CreationTimestamp) = (Number, Microseconds.ToTime(StartAt), at);
        }

        task.Version = (Change.ExpectedVersion ?? -1) + 1;
        task.UpdateTimestamp = task.StatusChangedTimestamp = at;
    }
}
