using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A test of the PostgreSQL store alone. Whatever it did, the stored data is consistent at its end.</summary>
[Collection(NeedsDatabase.Name)]
public abstract class PostgresTest : IAsyncLifetime
{
    protected const string Pool = PoolNames.Default;

    private protected PostgresTest(LocalServers servers) => (Servers, Engine) = (servers, new(servers));

    protected LocalServers Servers { get; }

    private protected PostgresEngine Engine { get; }

    public Task InitializeAsync() => Engine.StartAsync();

    public async Task DisposeAsync()
    {
        try
        {
            Assert.Empty(await Engine.Database.ContradictionsAsync());
        }
        finally
        {
            await Engine.DisposeAsync();
        }
    }

    private protected static ScheduleTask Schedule(TaskId id) => new() { TaskId = id.ToString(), FunctionName = "greet" };

    private protected static TaskClaimed Claim(TaskId id, Guid worker) => new(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(5));

    private protected static TaskId[] NewIds(int count) => [.. Enumerable.Range(0, count).Select(static _ => TaskId.New())];

    private protected static WorkerRow Row(Guid worker) => new(worker, Pool, 10, 0, "host", "1", 0);

    /// <summary>Removes a worker as the leader does, which tries again when something held it up for too long.</summary>
    private protected static async Task RemoveAsync(ITaskStore store, long epoch, Guid worker)
    {
        while (true)
        {
            try
            {
                await store.RemoveSilentWorkerAsync(epoch, Row(worker), default);
                return;
            }
            catch (StoreUnavailableException)
            {
                // The next round tries again.
            }
        }
    }

    /// <summary>Takes each step through a peer at once, and returns how each came out.</summary>
    private protected static async Task<TransitionOutcome[]> RaiseAllAsync(Peer peer, IEnumerable<object> messages) =>
        [.. (await Task.WhenAll([.. messages.Select(message => peer.RaiseAsync(message))])).Select(static result => result.Outcome)];
}
