using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Schedules;

/// <summary>Ticks while the task of the tick before has not ended, over either store.</summary>
public abstract class ScheduleOverlapTests : ScheduleTest
{
    private protected ScheduleOverlapTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_tick_is_skipped_while_the_task_before_it_or_its_retry_has_not_ended()
    {
        var worker = await Engine.AddWorkerAsync();
        await CreateAsync(Hourly with { Overlap = Overlap.Skip });
        var overlapping = await CreateAsync(Hourly with { Task = new() { FunctionName = "overlapping" } });
        await HourAsync();
        await HourAsync();
        Assert.Equal((1, 2), (await CountAsync("greet"), await CountAsync("overlapping")));

        var first = (await TasksAsync()).Single(static task => task.FunctionName == "greet");
        var claim = Guid.NewGuid();
        await Engine.RaiseAsync(new TaskClaimed(first.Id.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));
        var successor = TaskId.New();
        await Engine.RaiseAsync(new FunctionFailed(first.Id.ToGuid(), claim, new(TaskErrorTypes.Runtime, "Error", "It broke."), null)
        {
            Retry = new(successor.ToString(), TimeSpan.FromSeconds(2)),
        });
        Assert.Equal(TaskStates.Retried, await Engine.StateAsync(first.Id));
        await HourAsync();
        Assert.Equal(2, await CountAsync("greet"));

        await Engine.RaiseAsync(new CancelTask(successor.ToString()));
        await HourAsync();
        Assert.Equal((3, 4), (await CountAsync("greet"), await CountAsync("overlapping")));
        Assert.NotNull(overlapping);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tick_is_skipped_also_when_what_began_the_chain_of_retries_is_too_old_to_be_kept(bool afterItIsRead)
    {
        var worker = await Engine.AddWorkerAsync();
        var schedule = await CreateAsync(Hourly with { Overlap = Overlap.Skip });
        await TickAsync();
        var current = Assert.Single(await TasksAsync()).Id;
        foreach (var _ in Enumerable.Range(0, 2))
        {
            var (claim, successor) = (Guid.NewGuid(), TaskId.New());
            await Engine.RaiseAsync(new TaskClaimed(current.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));
            await Engine.RaiseAsync(new FunctionFailed(current.ToGuid(), claim, new(TaskErrorTypes.Runtime, "Error", "It broke."), null)
            {
                Retry = new(successor.ToString(), TimeSpan.Zero),
            });
            current = successor;
        }

        await Engine.LetAgeAsync(TimeSpan.FromDays(2) + More);
        if (afterItIsRead)
        {
            // The schedule is read, and then the task that it names is removed.
            Engine.Faulty.BeforeLoad = async _ =>
            {
                Engine.Faulty.BeforeLoad = null;
                await RemoveAsync();
            };
        }
        else
        {
            await RemoveAsync();
        }

        await TickAsync();
        Assert.Equal(current, Assert.Single(await TasksAsync()).Id);
        Assert.Equal(current, (await RowAsync(schedule)).LastTaskId);
        await Engine.RaiseAsync(new CancelTask(current.ToString()));
        await HourAsync();
        Assert.Equal(2, (await TasksAsync()).Count);

        async Task RemoveAsync() =>
            Assert.Equal(2, (await Engine.Store.RemoveOldAsync(
                await Engine.EpochAsync(), Prunable.FinishedTasks, TimeSpan.FromDays(1), 0, 100, default)).Removed);
    }
}
