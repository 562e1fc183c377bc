using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests;

/// <summary>What tests of an engine ask of its store.</summary>
internal static class StoreExtensions
{
    /// <summary>Reads tasks with their inputs.</summary>
    public static Task<IReadOnlyDictionary<TaskId, TaskRecord>> LoadAsync(
        this ITaskStore store, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken) =>
        store.LoadAsync(ids, withInput: true, cancellationToken);

    public static async Task<TaskRecord?> FindAsync(this ITaskStore store, TaskId id) =>
        (await store.LoadAsync([id], CancellationToken.None)).GetValueOrDefault(id);

    /// <summary>What a query finds, written as in a request.</summary>
    public static Task<TaskPage> FindAsync(this ITaskStore store, string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, RqlSchema.Tasks);
        Assert.Null(error?.Message);
        return store.FindAsync(query, CancellationToken.None);
    }

    /// <summary>The task once it has the status. Fails when the task ends in another one.</summary>
    public static async Task<TaskRecord> ReachesAsync(this ITaskStore store, TaskId id, string status)
    {
        TaskRecord? task = null;
        await Eventually.TrueAsync(async () =>
        {
            task = await store.FindAsync(id);
            return task?.Status == status || task?.Status is TaskStates.Complete or TaskStates.Failed or TaskStates.Canceled;
        }, $"task {id} is {status}");
        Assert.Equal(status, task!.Status);
        return task;
    }
}
