using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>Tasks as callers see them.</summary>
public interface ITaskReader
{
    /// <summary>Reads tasks for a caller who wants to see them, on connections that no step waits for.</summary>
    /// <param name="withInput">Whether their inputs are read.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);

    /// <summary>The page of tasks that a query on <see cref="RqlSchema.Tasks"/> asks for; without their inputs, where it does not show them.</summary>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>The log of a task, or null where it left none.</summary>
    Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken);
}
