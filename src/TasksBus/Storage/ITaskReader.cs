using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>Reads tasks for callers.</summary>
public interface ITaskReader
{
    /// <summary>Reads tasks for a caller who wants to see them, on connections for which no step waits.</summary>
    /// <param name="withInput">True to read the inputs.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);

    /// <summary>
    /// The page of tasks for a query on <see cref="RqlSchema.Tasks"/>. The tasks have no inputs when the query does not show them.
    /// </summary>
    /// <exception cref="QueryTooSlowException">The query takes too long.</exception>
    Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>The kept result of a task, and whether it was dropped. Results go with the logs.</summary>
    Task<(string? Result, bool IsDropped)> ResultAsync(TaskId id, CancellationToken cancellationToken);

    /// <summary>The log of a task, or null when it left none.</summary>
    Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken);
}
