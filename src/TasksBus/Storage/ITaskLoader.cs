using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Tasks as steps read them.</summary>
public interface ITaskLoader
{
    /// <summary>Reads the tasks that exist, as one snapshot: for steps, on the connections that they have.</summary>
    /// <param name="withInput">Whether their inputs are read. They may be large, and hardly any step needs them.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);
}
