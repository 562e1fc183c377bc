using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Lifecycle;

/// <summary>The table holds wherever the machine runs.</summary>
public abstract class LifeOfATaskTests
{
    public static TheoryData<string, string, string> Pairs => LifeOfATask.Pairs();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Every_state_meets_every_event_once_and_twice(string state, string on, string expected)
    {
        var id = TaskId.New();
        foreach (var step in LifeOfATask.PathTo(state, id))
        {
            await DeliverAsync(step, Guid.NewGuid());
        }

        Assert.Equal(state, await StateAsync(id));
        var before = await SnapshotAsync(id);
        var (message, messageId) = (LifeOfATask.Events[on](id), Guid.NewGuid());

        await DeliverAsync(message, messageId);

        Assert.Equal(expected, await StateAsync(id));
        var after = await SnapshotAsync(id);
        if (state == expected)
        {
            Assert.Equal(before, after);
        }
        else
        {
            Assert.NotEqual(before, after);
        }

        await DeliverAsync(message, messageId);

        Assert.Equal(expected, await StateAsync(id));
        Assert.Equal(after, await SnapshotAsync(id));
        if (expected == TaskStates.Retried)
        {
            Assert.Equal(TaskStates.New, await SuccessorStateAsync(LifeOfATask.SuccessorOf(id)));
        }
    }

    /// <summary>Completes when the message is handled; throws what went wrong.</summary>
    private protected abstract Task DeliverAsync(TaskEvent message, Guid messageId);

    protected abstract Task<string> StateAsync(TaskId id);

    /// <summary>Everything that is known about a task, as text.</summary>
    protected abstract Task<string> SnapshotAsync(TaskId id);

    protected virtual Task<string> SuccessorStateAsync(TaskId id) => StateAsync(id);
}

/// <summary>Events raised in process, as workers, the API and time limits raise them.</summary>
public abstract class RaisedDirectlyTests(StoreRig rig) : LifeOfATaskTests
{
    private protected override Task DeliverAsync(TaskEvent message, Guid messageId) => rig.Engine.RaiseAsync(message);

    protected override Task<string> StateAsync(TaskId id) => rig.Engine.StateAsync(id);

    protected override Task<string> SnapshotAsync(TaskId id) => rig.Engine.SnapshotAsync(id);
}

/// <summary>A store for a whole table, with the worker that its tasks run on.</summary>
public abstract class StoreRig : IAsyncLifetime
{
    private protected StoreRig(StoredEngine engine) => Engine = engine;

    internal StoredEngine Engine { get; }

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        await Engine.AddWorkerAsync(LifeOfATask.Worker);
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();
}
