using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Bulk;

/// <summary>A test of bulk operations over either store.</summary>
public abstract class BulkTest : IAsyncLifetime, IDisposable
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");

    private readonly Signals _signals = new();
    private TaskIntake _intake = null!;
    private Guid? _worker;

    private protected BulkTest(StoredEngine engine) => Engine = engine;

    private protected StoredEngine Engine { get; }

    private protected TasksBusOptions Settings { get; } = new();

    private protected IBulkStore Store { get; private set; } = null!;

    private protected BulkBook Book { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        Store = new BulkStore(Engine.Model);
        Book = new(Store, Engine.Store, _signals);
        _intake = Engine.IntakeWith(Settings);
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing) => _signals.Dispose();

    private protected BulkWalk Walk() => new(Store, _intake, Engine.Store, Engine.Store, TimeProvider.System);

    private protected Task<StoredBulkOperation> CreateAsync(string action, string query) =>
        Book.CreateAsync(new(action, query), null, null, default);

    private protected async Task<StoredBulkOperation> CarryOutAsync(StoredBulkOperation operation, Action? eachStep = null)
    {
        for (var walk = Walk(); operation.Status == BulkStates.InProgress; eachStep?.Invoke())
        {
            operation = (await walk.StepAsync(operation, default))!;
            Assert.Equal(operation, await Store.FindAsync(operation.Id));
        }

        return operation;
    }

    private protected Task<TaskId> ScheduleAsync(string function) => Engine.ScheduleAsync(new() { FunctionName = function });

    /// <summary>Schedules tasks of these functions in turn, in one transaction.</summary>
    private protected async Task ScheduleAsync(int count, params string[] functions) => await Engine.Transitions.ScheduleAllAsync(
        [.. Enumerable.Range(0, count).Select(i => new ScheduleTask { FunctionName = functions[i % functions.Length], Priority = 0 })],
        static (_, task, _) => task);

    private protected async Task<TaskRecord> ClaimAsync(TaskId id)
    {
        _worker ??= await Engine.AddWorkerAsync();
        return (await Engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), _worker.Value, TimeSpan.FromDays(1)))).Task!;
    }

    private protected async Task<TaskId> RunAsync(string function) => (await ClaimAsync(await ScheduleAsync(function))).Id;

    private protected async Task<TaskId> ScheduleAndFailAsync(ScheduleTask task, RetryPlan? retry = null) =>
        await FailAsync(await ClaimAsync(await Engine.ScheduleAsync(task)), retry);

    private protected async Task<TaskId> FailAsync(TaskRecord running, RetryPlan? retry = null)
    {
        await Engine.RaiseAsync(new FunctionFailed(running.Id.ToGuid(), running.ClaimId!.Value, s_error, null, retry));
        return running.Id;
    }

    private protected async Task<string[]> StatesAsync(params TaskId[] ids) => await Task.WhenAll(ids.Select(Engine.StateAsync));

    private protected async Task<long> CountAsync(string rql) =>
        (await Engine.Store.FindAsync(RqlQuery.Parse(rql, RqlSchema.Tasks).Query with { Limit = 1 }, default)).Total!.Value;
}
