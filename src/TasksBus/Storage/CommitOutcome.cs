namespace TasksBus.Storage;

/// <summary>The outcome of a <see cref="TaskChange"/>.</summary>
public enum CommitOutcome
{
    /// <summary>The change is committed.</summary>
    Applied,

    /// <summary>The row changed since it was read, the functions changed, or the id is taken. Nothing of the change was written.</summary>
    Conflict,

    /// <summary>Another transaction is about to change the row, and holds it for long. Nothing of the change was written.</summary>
    Held,

    /// <summary>A claim of a task that is not due, or by a worker that is not alive. Nothing was written.</summary>
    Refused,
}
