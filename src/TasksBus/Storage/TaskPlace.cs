namespace TasksBus.Storage;

/// <summary>The table that holds a task's number, which is its state.</summary>
public enum TaskPlace
{
    /// <summary>The task is not stored.</summary>
    None,

    /// <summary>New: in the ready queue.</summary>
    Waiting,

    /// <summary>In progress: on a worker, with a deadline.</summary>
    Running,

    /// <summary>In a final state.</summary>
    Finished,
}
