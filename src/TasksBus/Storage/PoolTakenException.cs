namespace TasksBus.Storage;

/// <summary>Workers of the other kind are in a pool. A pool has workers with functions of their own, or workers that invoke any.</summary>
public sealed class PoolTakenException(string message) : Exception(message)
{
    /// <param name="worker">The worker that may not join.</param>
    /// <param name="host">The machine of a worker that is there.</param>
    public static PoolTakenException Of(WorkerRow worker, string? host)
    {
        ArgumentNullException.ThrowIfNull(worker);
        var (there, here) = worker.Functions is null
            ? ("run functions of their own process, with TasksBus.Worker", "invokes functions in Lambda")
            : ("invoke functions in Lambda", "runs functions of its own process");
        return new(
            $"The pool {worker.Pool} belongs to workers that {there}{(host is null ? "" : $", such as one on {host}")}, and this worker "
                + $"{here}. Choose another pool for this worker, with TasksBus__Pool or worker.Pool, or stop the others.");
    }
}
