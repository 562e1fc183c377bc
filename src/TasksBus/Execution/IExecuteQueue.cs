namespace TasksBus.Execution;

/// <summary>The execute queue of a pool: the seam to the broker.</summary>
internal interface IExecuteQueue
{
    /// <summary>Completes when messages are consumed from the queue.</summary>
    Task StartAsync(string pool, CancellationToken cancellationToken);

    /// <summary>Consumes nothing more. Completes when the consumed messages are handled. The rest stays in the queue.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
