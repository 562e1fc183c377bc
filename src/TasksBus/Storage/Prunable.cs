namespace TasksBus.Storage;

/// <summary>What is removed when it is old enough.</summary>
public enum Prunable
{
    /// <summary>Tasks in a final state, by the time since they reached it, with their logs.</summary>
    FinishedTasks,

    /// <summary>Logs of tasks, by the time since they came in. The tasks stay.</summary>
    TaskLogs,

    /// <summary>API requests, by the time since they came, with their logs.</summary>
    ApiRequests,

    /// <summary>Logs of API requests, by the time since they came in. The requests stay.</summary>
    ApiRequestLogs,

    /// <summary>Events that were raised, by the time since then. Their tasks stay.</summary>
    RaisedEvents,
}
