using MassTransit;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;

namespace TasksBus.Testing.Lifecycle;

/// <summary>Finds stored tasks for MassTransit's saga harness, as sagas.</summary>
internal sealed class TaskSagaQueries(SqliteDatabase database, ITaskLoader loader)
    : IQuerySagaRepository<TaskSaga>, ILoadSagaRepository<TaskSaga>
{
    public async Task<IEnumerable<Guid>> Find(ISagaQuery<TaskSaga> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        var ids = database.Read(static db => db.List("select id from tasks", static row => TaskId.Parse(row.GetString(0))));
        var tasks = await loader.LoadAsync(ids, withInput: true, CancellationToken.None);
        var matches = query.FilterExpression.Compile();
        return [.. tasks.Values.Cast<TaskSaga>().Where(matches).Select(static task => task.CorrelationId)];
    }

    public async Task<TaskSaga> Load(Guid correlationId)
    {
        var id = TaskId.FromGuid(correlationId);
        // MassTransit's interface was made before C# knew nullable references.
        return (TaskSaga)(await loader.LoadAsync([id], withInput: true, CancellationToken.None)).GetValueOrDefault(id)!;
    }

    public void Probe(ProbeContext context) => context.CreateScope("tasksBusStore");
}
