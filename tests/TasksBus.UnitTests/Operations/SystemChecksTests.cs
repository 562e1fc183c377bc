using TasksBus.Lifecycle;
using TasksBus.Operations;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Operations;

/// <summary>What is said to be wrong with a system, and that it says how to mend it.</summary>
public sealed class SystemChecksTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly SystemFacts s_good = new(
        new(s_now, new(7, s_now.AddSeconds(6)), null, [new("default", 5, 0, null)], [Worker("default", 4, 0)], 0, 0),
        StoreCondition.Good, new(true, []), RunTroubles.None, TimeSpan.Zero);

    [Fact]
    public void In_a_good_system_every_check_is_ok()
    {
        var checks = SystemChecks.Of(s_good);

        Assert.All(checks, static check => Assert.Equal((SystemCheck.Ok, (string?)null), (check.State, check.Mend)));
        Assert.Equal(
            ["hold", "leader", "broker", "queues", "pools", "functions", "workers", "outbox", "transactions", "replication", "clock"],
            checks.Select(static check => check.Name));
    }

    [Fact]
    public void A_hold_is_said_with_its_reason() =>
        Finds(s_good with { Status = s_good.Status with { HeldBecause = "of a restore" } }, "hold", "failed", "released: of a restore.");

    [Fact]
    public void Without_a_leader_nothing_is_released() =>
        Finds(s_good with { Status = s_good.Status with { Leader = null } }, "leader", "failed", "nothing is released");

    [Fact]
    public void A_broker_that_is_away_is_said() =>
        Finds(s_good with { Broker = new(false, []) }, "broker", "failed", "does not reach the broker");

    [Fact]
    public void A_queue_with_other_arguments_is_named()
    {
        var facts = s_good with { Broker = new(false, ["tasksbus.cancel-task (PRECONDITION_FAILED - inequivalent arg)"]) };

        Finds(facts, "queues", "failed", "tasksbus.cancel-task (PRECONDITION_FAILED");
        Assert.Equal(SystemCheck.Ok, SystemChecks.Of(facts).Single(static check => check.Name == "broker").State);
    }

    [Theory]
    [InlineData("gpu", 3, 0, "failed", "No worker of the pool 'gpu' is alive. 3 due tasks and 0 later ones wait.")]
    [InlineData("gpu", 0, 9, "warning", "0 due tasks and 9 later ones wait.")]
    public void A_pool_that_nobody_serves_is_named(string pool, int due, int later, string state, string text) =>
        Finds(WithPool(new(pool, later, due, s_now), Worker("default", 4, 0)), $"pool {pool}", state, text);

    [Fact]
    public void Tasks_whose_function_not_every_worker_has_are_counted() => Finds(
        WithPool(new("default", 0, 3, s_now) { Aside = 2 }, Worker("default", 4, 0)), "pool default", "warning",
        "2 of 3 due tasks of the pool 'default' wait until every worker of the pool has their function.");

    [Theory]
    [InlineData(5, 3, "ok")]
    [InlineData(60, 3, "failed")]
    [InlineData(60, 4, "ok")]
    [InlineData(61, 4, "warning")]
    public void Tasks_that_wait_beside_free_slots_are_a_fault_and_others_a_lack_of_room(int seconds, int running, string state)
    {
        var facts = WithPool(new("default", 0, 2, s_now.AddSeconds(-seconds)), Worker("default", 4, running));

        Assert.Equal(state, SystemChecks.Of(facts).Single(static check => check.Name.StartsWith("pool", StringComparison.Ordinal)).State);
    }

    [Theory]
    [InlineData(5, "ok")]
    [InlineData(30, "warning")]
    [InlineData(90, "failed")]
    public void Events_that_are_not_published_are_said(int seconds, string state)
    {
        var oldest = EventIds.New();
        var status = s_good.Status with { At = EventIds.TimeOf(oldest).AddSeconds(seconds), Outbox = 12, OldestEvent = oldest };

        Finds(s_good with { Status = status }, "outbox", state, "12 events are still to be published");
    }

    [Theory]
    [InlineData(30, "ok", "open for long")]
    [InlineData(90, "warning", "process 42 (psql, idle in transaction) is open for 90 s")]
    [InlineData(1_800, "failed", "is open for 30 min")]
    public void An_old_transaction_is_named(int seconds, string state, string text) =>
        Finds(
            WithStore(new(new(42, "psql", "idle in transaction", TimeSpan.FromSeconds(seconds)), 0, [])), "transactions", state, text);

    [Fact]
    public void Replication_that_stalls_or_lags_is_said()
    {
        Finds(WithStore(new(null, 3, [])), "replication", "failed", "3 commits wait for a synchronous standby");
        Finds(WithStore(new(null, 0, [new("old", false, 5 << 20)])), "replication", "warning", "the replication slot 'old', for which 5 M");
        Finds(WithStore(new(null, 0, [new("old", false, 3L << 30)])), "replication", "failed", "3.0 GB");
        Finds(WithStore(new(null, 0, [new("slow", true, 3L << 30)])), "replication", "warning", "'slow' is 3.0 GB behind");
        Finds(WithStore(new(null, 0, [new("good", true, 0)])), "replication", "ok", "none is far behind");
    }

    [Fact]
    public void A_database_that_does_not_tell_its_condition_is_said_so() =>
        Finds(s_good with { Store = null }, "database", "warning", "does not tell of its transactions");

    [Theory]
    [InlineData(1, "ok", "agrees with the database's")]
    [InlineData(-30, "warning", "is 30 s behind the database's")]
    [InlineData(600, "failed", "is 10 min ahead of the database's")]
    public void A_clock_that_is_off_is_said(int ahead, string state, string text) =>
        Finds(s_good with { ClockAhead = TimeSpan.FromSeconds(ahead) }, "clock", state, text);

    private static void Finds(SystemFacts facts, string name, string state, string text)
    {
        var check = SystemChecks.Of(facts).Single(check => check.Name == name);
        Assert.Equal(state, check.State);
        Assert.Contains(text, check.Text, StringComparison.Ordinal);
        Assert.Equal(state == SystemCheck.Ok, check.Mend is null);
    }

    private static SystemFacts WithStore(StoreCondition store) => s_good with { Store = store };

    private static SystemFacts WithPool(PoolStatus pool, params WorkerRow[] workers) =>
        s_good with { Status = s_good.Status with { Pools = [pool], Workers = workers } };

    private static WorkerRow Worker(string pool, int slots, int running) => new(Guid.Empty, pool, slots, running, "host", "1.0.0", 1);
}
