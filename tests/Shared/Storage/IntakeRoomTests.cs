using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What waits while the database does not answer, over either store.</summary>
public abstract class IntakeRoomTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected IntakeRoomTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task As_many_tasks_wait_as_may_and_others_are_refused_at_once_until_there_is_room()
    {
        var id = await _engine.ScheduleAsync();
        var worker = await _engine.AddWorkerAsync();
        var release = await HoldAsync();
        var waiting = Enumerable.Range(0, IntakeRoom.MaxTasks / 1_000)
            .Select(i => i == 0 ? ScheduleManyAsync(999) : ScheduleManyAsync(1_000)).ToArray();

        // It is refused at once, while the commit is still held.
        await Assert.ThrowsAsync<IntakeFullException>(() => _engine.RaiseAsync(Schedule(TaskId.New())).EndsAsync());
        await Assert.ThrowsAsync<IntakeFullException>(() => ScheduleManyAsync(1).EndsAsync());
        await Assert.ThrowsAsync<IntakeFullException>(() => _engine.RaiseAsync(new CancelTask(id.ToString())).EndsAsync());
        Assert.Throws<IntakeFullException>(_engine.Transitions.RequireRoom);
        // A claim and a report each have a slot, so neither is refused.
        var claiming = _engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(5)));
        release();

        Assert.Equal(IntakeRoom.MaxTasks - 1, (await Task.WhenAll(waiting)).Sum(static tasks => tasks.Count));
        Assert.Equal(TransitionOutcome.Applied, (await claiming).Outcome);
        await _engine.ScheduleAsync();
        _engine.Transitions.RequireRoom();
        Assert.Equal(IntakeRoom.MaxTasks + 2, (await _engine.Store.FindAsync("limit(1)")).Total);
    }

    [Fact]
    public async Task Inputs_and_tags_that_wait_have_a_limit_in_bytes_and_a_large_one_alone_is_stored()
    {
        var large = JsonElement.Parse($$"""{"text":"{{new string('x', 5_000_000)}}"}""");
        var release = await HoldAsync();
        // 13 of them fit into 64 MB.
        Task<TransitionResult>[] waiting = [
            .. Enumerable.Range(0, 16).Select(_ => _engine.RaiseAsync(Schedule(TaskId.New()) with { Data = large }))];
        await Assert.ThrowsAsync<IntakeFullException>(() => _engine.RaiseAsync(Schedule(TaskId.New()) with { Data = large }).EndsAsync());
        await Assert.ThrowsAsync<IntakeFullException>(
            () => _engine.RaiseAsync(Schedule(TaskId.New()) with { Tags = [.. Enumerable.Repeat(new string('t', 256), 20_000)] })
                .EndsAsync());
        release();
        var outcomes = await Task.WhenAll(waiting.Select(static async step =>
        {
            try
            {
                return (await step).Outcome == TransitionOutcome.Applied;
            }
            catch (IntakeFullException)
            {
                return false;
            }
        }));

        Assert.Equal(13, outcomes.Count(static isStored => isStored));
        IntakeRoom room = new();
        Assert.True(room.TryEnter(1_000, 2 * IntakeRoom.MaxData));
        Assert.False(room.TryEnter(1, 0));
        room.Leave(1_000, 2 * IntakeRoom.MaxData);
        Assert.True(room.TryEnter(1, 0));
    }

    [Fact]
    public async Task A_task_whose_caller_has_gone_is_not_stored_and_leaves_its_room()
    {
        using CancellationTokenSource gone = new();
        var (left, stayed) = (TaskId.New(), TaskId.New());
        var release = await HoldAsync();
        var leaving = _engine.Transitions.RaiseAsync(new ScheduleRequested(left.ToGuid(), Schedule(left)), caller: gone.Token);
        var leavingMany = _engine.Transitions.ScheduleAllAsync(
            [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "gone" }, 9_000)], caller: gone.Token);
        var staying = _engine.RaiseAsync(Schedule(stayed));
        await gone.CancelAsync();
        release();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leavingMany);
        Assert.Equal(TransitionOutcome.Applied, (await staying).Outcome);
        Assert.Equal("none", await _engine.StateAsync(left));
        Assert.Equal(0, (await _engine.Store.FindAsync("functionName=gone")).Total);
        Assert.Equal(9_000, (await ScheduleManyAsync(9_000)).Count);
    }

    [Fact]
    public async Task What_fails_leaves_its_room_too()
    {
        _engine.Faulty.BeforeCommit = static _ => throw new StoreUnavailableException("Away.");
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<StoreUnavailableException>(() => ScheduleManyAsync(IntakeRoom.MaxTasks));
        }

        _engine.Faulty.BeforeCommit = null;
        await _engine.ScheduleAsync();
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private static ScheduleTask Schedule(TaskId id) => new() { TaskId = id.ToString(), FunctionName = "greet" };

    private Task<IReadOnlyList<TaskRecord>> ScheduleManyAsync(int count) =>
        _engine.Transitions.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "many" }, count)]);

    /// <summary>Lets a commit of one task begin and holds it, so that whatever is submitted now waits for it.</summary>
    private async Task<Action> HoldAsync()
    {
        var held = _engine.Faulty.HoldNextCommit();
        _ = _engine.RaiseAsync(Schedule(TaskId.New()));
        return await held.EndsAsync();
    }
}
