namespace TasksBus.Storage;

/// <summary>Where a task stands: which of three tables holds its number.</summary>
public enum TaskPlace
{
    /// <summary>It is not stored.</summary>
    None,

    /// <summary>New: in the ready queue.</summary>
    Waiting,

    /// <summary>In progress: on a worker, with a deadline.</summary>
    Running,

    /// <summary>In a final state.</summary>
    Finished,
}
