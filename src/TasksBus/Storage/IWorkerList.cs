namespace TasksBus.Storage;

/// <summary>The list of workers.</summary>
public interface IWorkerList
{
    /// <summary>The workers that are not declared dead.</summary>
    Task<IReadOnlyList<WorkerRow>> WorkersAsync(CancellationToken cancellationToken);
}
