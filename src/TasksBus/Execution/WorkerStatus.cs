namespace TasksBus.Execution;

/// <summary>Says for probes whether the worker of this process takes tasks.</summary>
public sealed class WorkerStatus
{
    private Func<bool> _takesTasks = static () => false;

    /// <summary>
    /// True while the worker holds its lease. False before it takes tasks for the first time, while the database has not confirmed a
    /// heartbeat for three quarters of the lease, and from the moment when the process is told to stop.
    /// </summary>
    public bool TakesTasks => _takesTasks();

    internal void Ask(Func<bool> takesTasks) => _takesTasks = takesTasks;
}
