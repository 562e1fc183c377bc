using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>A test of commits over either store, with a worker that may claim.</summary>
public abstract class CommitTest : IAsyncLifetime
{
    private protected CommitTest(StoredEngine engine) => Engine = engine;

    private protected static TaskError Error { get; } = new(TaskErrorTypes.Runtime, "Error", "It broke.");

    private protected StoredEngine Engine { get; }

    private protected Guid Worker { get; private set; }

    public async Task InitializeAsync()
    {
        await Engine.StartAsync();
        Worker = await Engine.AddWorkerAsync();
    }

    public async Task DisposeAsync() => await Engine.DisposeAsync();

    private protected static ScheduleTask Schedule(TaskId id) => new() { TaskId = id.ToString(), FunctionName = "greet" };

    private protected TaskClaimed Claim(TaskId id) => new(id.ToGuid(), Guid.NewGuid(), Worker, TimeSpan.FromMinutes(5));

    private protected async Task<TaskRecord> RunningTaskAsync()
    {
        var id = await Engine.ScheduleAsync();
        Assert.Equal(TransitionOutcome.Applied, (await Engine.RaiseAsync(Claim(id))).Outcome);
        return (await Engine.FindAsync(id))!;
    }

    /// <summary>Lets a commit begin and holds it, so that whatever is submitted now gathers for the next one.</summary>
    private protected async Task<Action> HoldAsync()
    {
        var held = Engine.Faulty.HoldNextCommit();
        _ = Engine.RaiseAsync(Schedule(TaskId.New()));
        return await held.EndsAsync();
    }
}
