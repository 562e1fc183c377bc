using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Storage;

public sealed class FreshTasksTests
{
    private const int Places = 65_536;

    private readonly FakeTimeProvider _clock = new();
    private readonly FreshTasks _fresh;

    public FreshTasksTests() => _fresh = new("default", _clock);

    [Fact]
    public void A_task_that_was_stored_is_handed_out_once_as_a_copy()
    {
        var stored = Stored();
        stored.Task.Data = """{"n":1}""";
        _fresh.Add([stored]);

        var task = Assert.IsType<TaskSaga>(_fresh.Take(stored.Task.Id));

        Assert.NotSame(stored.Task, task);
        Assert.Equivalent(stored.Task, task);
        Assert.Null(_fresh.Take(stored.Task.Id));
    }

    [Fact]
    public void The_tasks_of_a_group_are_kept_too()
    {
        var (group, member) = (Stored(), Stored());
        group.Inserts.Add(member);

        _fresh.Add([group]);

        Assert.NotNull(_fresh.Take(group.Task.Id));
        Assert.NotNull(_fresh.Take(member.Task.Id));
    }

    [Fact]
    public void A_task_that_waits_for_its_time_is_of_another_pool_or_large_is_not_kept()
    {
        var (future, elsewhere, large) = (Stored(), Stored(), Stored());
        future.Task.StartTimestamp = future.Task.CreationTimestamp + TimeSpan.FromMilliseconds(1);
        elsewhere.Task.Pool = "gpu";
        large.Task.Data = new string(' ', 5_000);

        _fresh.Add(
            [future, elsewhere, large, Stored(due: TimeSpan.FromSeconds(2)), Stored(status: TaskStates.InProgress), Stored(version: 0)]);

        Assert.All([future, elsewhere, large], change => Assert.Null(_fresh.Take(change.Task.Id)));
        Assert.Equal(Places, Fill().Count(change => _fresh.Take(change.Task.Id) is not null));
    }

    [Fact]
    public void When_it_is_full_what_nobody_claimed_for_half_a_minute_makes_room()
    {
        var old = Fill();
        _clock.Advance(TimeSpan.FromSeconds(20));
        var refused = Stored();
        _fresh.Add([refused]);
        Assert.Null(_fresh.Take(refused.Task.Id));

        _clock.Advance(TimeSpan.FromSeconds(11));
        var kept = Stored();
        _fresh.Add([kept]);

        Assert.NotNull(_fresh.Take(kept.Task.Id));
        Assert.All(old, change => Assert.Null(_fresh.Take(change.Task.Id)));
    }

    [Fact]
    public void It_is_full_of_data_before_it_is_full_of_tasks()
    {
        var changes = Enumerable.Range(0, 3_000).Select(static _ => Stored()).ToArray();
        Array.ForEach(changes, static change => change.Task.Data = new string(' ', 4_000));

        _fresh.Add(changes);

        Assert.InRange(changes.Count(change => _fresh.Take(change.Task.Id) is not null), 2_000, 2_200);
    }

    private TaskChange[] Fill()
    {
        var changes = Enumerable.Range(0, Places).Select(static _ => Stored()).ToArray();
        _fresh.Add(changes);
        return changes;
    }

    private static TaskChange Stored(TimeSpan? due = null, string status = TaskStates.New, long? version = null) => new()
    {
        Task = new TaskSaga
        {
            Id = TaskId.New(),
            Status = status,
            StartTimestamp = DateTimeOffset.UnixEpoch,
            CreationTimestamp = DateTimeOffset.UnixEpoch,
        },
        ExpectedVersion = version,
        WorkerBefore = null,
        DueAfter = due,
    };
}
