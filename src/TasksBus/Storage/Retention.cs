namespace TasksBus.Storage;

/// <summary>What is removed once it is old enough.</summary>
public enum Kept
{
    /// <summary>Tasks in a final state, by the time since they reached it, with their logs.</summary>
    FinishedTasks,

    /// <summary>Logs of tasks, by the time since they came in; the tasks stay.</summary>
    TaskLogs,

    /// <summary>API requests, by the time since they came, with their logs.</summary>
    ApiRequests,

    /// <summary>Logs of API requests, by the time since they came in; the requests stay.</summary>
    ApiRequestLogs,
}

/// <summary>A step of a walk over what may be old.</summary>
/// <param name="Removed">How many rows were.</param>
/// <param name="Next">The number to go on behind; null where the walk has come to its end.</param>
public readonly record struct RemovalStep(int Removed, long? Next);
