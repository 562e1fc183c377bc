namespace TasksBus.Storage;

/// <summary>
/// What a store gave to a change. The change hears of it once its transaction is committed: of one that is rolled back nothing may be left in what is sent again,
/// a start time above all.
/// </summary>
/// <param name="At">When it was written.</param>
/// <param name="Number">The task's number.</param>
/// <param name="StartAt">Its start time.</param>
internal readonly record struct AppliedChange(TaskChange Change, long At, long Number, long StartAt)
{
    /// <summary>A change of a task that was stored before.</summary>
    public static AppliedChange Moved(TaskChange change, long at) => new(change, at, change.Task.Number, Microseconds.Of(change.Task.StartTimestamp!.Value));

    public void Tell()
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
