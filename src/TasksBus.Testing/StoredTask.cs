using TasksBus.Contracts;

namespace TasksBus.Testing;

/// <summary>A task as it is stored at one moment.</summary>
/// <param name="Id">24 hex digits.</param>
/// <param name="Status">One of <see cref="TaskStates"/>.</param>
/// <param name="FunctionName">The function that it runs.</param>
/// <param name="Data">Its input as JSON. Null when it has none.</param>
/// <param name="Priority">A higher priority runs first.</param>
/// <param name="Tags">Its tags.</param>
/// <param name="StartTimestamp">It does not start before this time.</param>
/// <param name="Error">Why it failed. Null otherwise.</param>
/// <param name="RetriedByTaskId">The task that retries it. Null when none does.</param>
/// <param name="RetryForTaskIds">The tasks that it retries, the oldest first.</param>
/// <param name="Log">What its function logged. Null when it left no log.</param>
public sealed record StoredTask(
    string Id, string Status, string FunctionName, string? Data, long Priority, IReadOnlyList<string> Tags, DateTimeOffset StartTimestamp,
    TaskError? Error, string? RetriedByTaskId, IReadOnlyList<string> RetryForTaskIds, string? Log)
{
    /// <summary>The reference of its publisher. Null when it has none.</summary>
    public string? Reference { get; init; }

    /// <summary>The service that published it. Null when it did not say.</summary>
    public string? Publisher { get; init; }

    /// <summary>
    /// What its function returned, as JSON, if <see cref="TasksBusOptions.KeepResults"/> in
    /// <see cref="TasksBusTestHarnessOptions.Settings"/> names the function.
    /// </summary>
    public string? Result { get; init; }

    /// <summary>True when the result should have been kept, but has more than 256 KB or is no JSON.</summary>
    public bool IsResultDropped { get; init; }
}
