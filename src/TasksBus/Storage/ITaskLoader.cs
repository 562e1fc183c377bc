using TasksBus.Contracts;

namespace TasksBus.Storage;

/// <summary>Reads tasks for steps.</summary>
public interface ITaskLoader
{
    /// <summary>Reads the tasks that exist, as one snapshot. It is for steps, and uses their connections.</summary>
    /// <param name="withInput">True to read the inputs. They may be large, and hardly any step needs them.</param>
    Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken);
}
