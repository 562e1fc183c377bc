using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>A test of what either store promises.</summary>
public abstract class TaskStoreTest : IAsyncLifetime
{
    private protected const string Pool = PoolNames.Default;

    private protected TaskStoreTest(StoredEngine engine) => Engine = engine;

    private protected static TaskError Throttled { get; } = new(TaskErrorTypes.Invocation, "TooManyRequestsException", "Throttled.");

    private protected StoredEngine Engine { get; }

    public Task InitializeAsync() => Engine.StartAsync();

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    private protected async Task<TaskId> ScheduleAsync(long priority = 0, TimeSpan? startIn = null) => await Engine.ScheduleAsync(new()
    {
        FunctionName = "greet",
        Priority = priority,
        StartTimestamp = startIn is { } wait ? await Engine.NowAsync() + wait : null,
    });

    private protected async Task<TransitionOutcome> ClaimAsync(TaskId id, Guid worker) =>
        (await Engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(5)))).Outcome;

    private protected async Task EndAsync(TaskId id) =>
        await Engine.RaiseAsync(new FunctionReturned(id.ToGuid(), await ClaimOfAsync(id), null));

    private protected async Task FailAsync(TaskId id, TaskError error) =>
        await Engine.RaiseAsync(new FunctionFailed(id.ToGuid(), await ClaimOfAsync(id), error, null));

    private protected async Task<Guid> ClaimOfAsync(TaskId id) => (await Engine.FindAsync(id))!.ClaimId!.Value;

    private protected async Task<PoolView> ViewAsync(IReadOnlyCollection<long> released, Rank? lowest = null) =>
        await Engine.Store.ViewPoolAsync(await Engine.EpochAsync(), Pool, released, null, lowest, 100, default);

    private protected async Task<int> FreeAsync() => (await ViewAsync([])).FreeSlots;
}
