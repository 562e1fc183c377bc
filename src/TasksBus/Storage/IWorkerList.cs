namespace TasksBus.Storage;

/// <summary>The workers that take part.</summary>
public interface IWorkerList
{
    /// <summary>The workers that are not declared dead.</summary>
    Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken);
}
