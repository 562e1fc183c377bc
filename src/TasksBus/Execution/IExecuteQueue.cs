namespace TasksBus.Execution;

/// <summary>The execute queue of a pool: the seam to the broker.</summary>
public interface IExecuteQueue
{
    /// <summary>Completes when messages are taken from the queue.</summary>
    Task StartAsync(string pool, CancellationToken cancellationToken);

    /// <summary>Takes nothing more. Completes when what was taken is handled; the rest stays in the queue.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
