using System.Collections.Concurrent;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>Tasks as callers see them, whose reads a test can watch.</summary>
internal sealed class WatchedReader(ITaskReader inner) : ITaskReader
{
    /// <summary>Runs before a list of tasks is read.</summary>
    public Func<Task> Listing { get; set; } = static () => Task.CompletedTask;

    /// <summary>Ids that were asked for and not found.</summary>
    public ConcurrentQueue<TaskId> Missed { get; } = [];

    public async Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
        IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
    {
        var found = await inner.LookAsync(ids, withInput, cancellationToken);
        foreach (var id in ids.Where(id => !found.ContainsKey(id)))
        {
            Missed.Enqueue(id);
        }

        return found;
    }

    public async Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken)
    {
        await Listing();
        return await inner.FindAsync(query, cancellationToken);
    }

    public Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

    public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) => inner.LogAsync(id, cancellationToken);
}
