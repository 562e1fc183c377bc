using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Dispatch;

public sealed class ReleaseWindowTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new();
    private readonly ReleaseWindow _window;

    public ReleaseWindowTests() => _window = new(_clock, s_patience);

    [Fact]
    public void Room_is_the_free_slots_less_what_is_released_and_unclaimed()
    {
        Assert.Equal(3, _window.Settle(View(3)));
        _window.Add(Task(1));
        _window.Add(Task(2));

        Assert.Equal(1, _window.Settle(View(3, 1, 2)));
        Assert.Equal(2, _window.Settle(View(3, 2)));
        Assert.Equal([2L], _window.Released);
    }

    [Fact]
    public void Room_is_never_negative()
    {
        _window.Settle(View(2));
        _window.Add(Task(1));
        _window.Add(Task(2));

        Assert.Equal(0, _window.Settle(View(0, 1, 2)));
    }

    [Fact]
    public void Tasks_in_their_order_share_a_level()
    {
        Assert.Equal(0, _window.Add(Task(1, priority: 5)));
        Assert.Equal(0, _window.Add(Task(2, priority: 5)));
        Assert.Equal(0, _window.Add(Task(3, priority: 4)));
    }

    [Fact]
    public void A_task_that_outranks_all_released_goes_one_level_above()
    {
        Assert.Equal(0, _window.Add(Task(1)));
        Assert.Equal(1, _window.Add(Task(2, priority: 1)));
        Assert.Equal(2, _window.Add(Task(3, priority: 2)));
    }

    [Fact]
    public void A_task_that_outranks_only_some_stays_on_the_level_of_the_most_urgent()
    {
        _window.Add(Task(1, priority: 1));
        _window.Add(Task(2, priority: 3));

        Assert.Equal(1, _window.Add(Task(3, priority: 2)));
    }

    [Fact]
    public void Levels_end_at_the_brokers_highest()
    {
        var levels = Enumerable.Range(0, 15).Select(i => _window.Add(Task(i, priority: i))).ToArray();

        Assert.Equal([0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5], levels);
        Assert.Equal(5, ReleaseWindow.MaxLevel);
    }

    [Fact]
    public void Levels_start_again_once_everything_is_claimed()
    {
        _window.Add(Task(1));
        _window.Add(Task(2, priority: 1));
        _window.Settle(View(5, 1));
        Assert.Equal(1, _window.Add(Task(3, priority: 2)));

        _window.Settle(View(5));

        Assert.Equal(0, _window.Add(Task(4, priority: 9)));
    }

    [Fact]
    public void What_is_released_after_an_urgent_task_overtakes_nothing_that_is_more_urgent()
    {
        Assert.Equal(0, _window.Add(Task(1)));
        Assert.Equal(1, _window.Add(Task(2, priority: 9)));

        Assert.Equal(0, _window.Add(Task(3)));
        Assert.Equal(1, _window.Add(Task(4, priority: 5)));
        Assert.Equal(0, _window.Add(Task(5, priority: -1)));
    }

    [Fact]
    public void Under_steady_load_the_levels_come_down_again()
    {
        List<long> unclaimed = [];
        for (var i = 0; i < 60; i += 3)
        {
            Add(i, priority: 0, level: 0);
            Add(i + 1, priority: 1, level: 1);
            Add(i + 2, priority: 0, level: 0);

            // All but the last are claimed, so something is released at any time.
            unclaimed.RemoveRange(0, unclaimed.Count - 1);
            _window.Settle(View(10, [.. unclaimed]));
        }

        void Add(long number, long priority, byte level)
        {
            Assert.Equal(level, _window.Add(Task(number, priority)));
            unclaimed.Add(number);
        }
    }

    [Fact]
    public void An_unclaimed_task_is_lost_only_after_patience()
    {
        _window.Settle(View(2));
        var task = Task(1);
        _window.Add(task);

        _clock.Advance(s_patience - TimeSpan.FromMilliseconds(1));
        _window.Settle(View(2, 1));
        Assert.Empty(_window.Lost());

        _clock.Advance(TimeSpan.FromMilliseconds(1));
        _window.Settle(View(2, 1));
        Assert.Equal([(task, (byte)0)], _window.Lost());
    }

    [Fact]
    public void A_lost_task_is_released_again_on_its_level_and_waits_anew()
    {
        _window.Settle(View(3));
        _window.Add(Task(1));
        var urgent = Task(2, priority: 7);
        Assert.Equal(1, _window.Add(urgent));
        _window.Settle(View(3, 2));
        _clock.Advance(s_patience);

        Assert.Equal([(urgent, (byte)1)], _window.Lost());
        Assert.Empty(_window.Lost());

        _clock.Advance(s_patience);
        Assert.Equal([(urgent, (byte)1)], _window.Lost());
    }

    [Fact]
    public void Nothing_is_lost_while_there_is_no_room()
    {
        _window.Settle(View(1));
        _window.Add(Task(1));
        _window.Settle(View(0, 1));
        _clock.Advance(10 * s_patience);

        Assert.Empty(_window.Lost());
    }

    [Fact]
    public void Patience_counts_from_when_there_was_room_again()
    {
        _window.Settle(View(1));
        _window.Add(Task(1));
        _window.Settle(View(0, 1));
        _clock.Advance(10 * s_patience);

        _window.Settle(View(1, 1));
        Assert.Empty(_window.Lost());

        _clock.Advance(s_patience);
        _window.Settle(View(1, 1));
        Assert.Single(_window.Lost());
    }

    [Fact]
    public void A_claimed_task_is_never_lost()
    {
        _window.Settle(View(1));
        _window.Add(Task(1));
        _clock.Advance(s_patience);
        _window.Settle(View(1));

        Assert.Empty(_window.Lost());
    }

    [Fact]
    public void A_quick_look_at_the_queue_is_always_at_its_top()
    {
        _window.Seen(new(1, 1, null, new HashSet<long>(), [Task(1)]), null, TimeSpan.FromMilliseconds(49));

        Assert.Null(_window.From());
    }

    [Fact]
    public void After_a_long_look_the_next_ones_start_where_the_first_task_was_found_for_a_while()
    {
        var (first, second) = (Task(1, priority: 7), Task(2));
        _window.Settle(View(2));
        _window.Add(second);
        _window.Seen(new(1, 2, null, new HashSet<long> { 2 }, [first]), null, TimeSpan.FromMilliseconds(100));
        Assert.Equal(first.Rank, _window.From());

        // The first was claimed; the second is released and waits for its claim.
        _window.Seen(new(1, 2, null, new HashSet<long> { 2 }, []), first.Rank, TimeSpan.FromMilliseconds(1));
        Assert.Equal(second.Rank, _window.From());

        _clock.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Null(_window.From());
    }

    private static PoolView View(int free, params long[] unclaimed) => new(1, free, null, unclaimed.ToHashSet(), []);

    private static ReadyTask Task(long number, long priority = 0) => new(TaskId.New(), new(priority, 0, number));
}
