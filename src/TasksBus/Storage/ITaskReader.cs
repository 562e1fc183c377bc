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
    /// Reads a task for a caller who wants to see all of it: its input, and its result, which goes with the log. Null when there is none.
    /// </summary>
    Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken);

    /// <summary>
    /// The page of tasks for a query on <see cref="RqlSchema.Tasks"/>. The tasks have no inputs when the query does not show them.
    /// </summary>
    /// <exception cref="QueryTooSlowException">The query takes too long.</exception>
    Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>The log of a task, or null when it left none.</summary>
    Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken);
}
