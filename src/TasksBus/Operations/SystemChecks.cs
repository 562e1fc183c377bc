using TasksBus.Lifecycle;
using TasksBus.Storage;
using static TasksBus.Operations.CheckText;

namespace TasksBus.Operations;

/// <summary>Says what is wrong with the system and how to mend it.</summary>
public static class SystemChecks
{
    /// <summary>How far back failures are looked at.</summary>
    public static TimeSpan Lately => RunChecks.Lately;

    private const long KeptBytes = 1L << 30;

    /// <summary>While a slot is free, a due task starts within milliseconds.</summary>
    private static readonly TimeSpan s_idleWait = TimeSpan.FromSeconds(10);

    /// <summary>So much makes no difference to what people read.</summary>
    private static readonly TimeSpan s_noticedSkew = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_longWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_veryLongWait = TimeSpan.FromMinutes(10);

    private static readonly SystemCheck[] s_noCondition =
    [
        new(
            "database", SystemCheck.Warning, "The database does not tell of its transactions and its replication.",
            "Grant its user the role pg_monitor."),
    ];

    /// <summary>All checks, in the order in which they should be mended.</summary>
    public static IReadOnlyList<SystemCheck> Of(SystemFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        var status = facts.Status;
        return
        [
            HoldOf(status), LeaderOf(status), BrokerOf(facts.Broker), QueuesOf(facts.Broker), .. PoolsOf(status),
            .. RunChecks.Of(facts.Runs, status.At), OutboxOf(status),
            .. facts.Store is { } store ? [TransactionsOf(store), ReplicationOf(store)] : s_noCondition, ClockOf(facts.ClockAhead),
        ];
    }

    private static SystemCheck HoldOf(SystemStatus status) => status.HeldBecause is { } reason
        ? new(
            "hold", SystemCheck.Failed, $"Nothing is released: {reason}.",
            "Compare the tasks that are due with what ran, as the runbook says about restoring a backup. Then run --release-hold.")
        : new("hold", SystemCheck.Ok, "Tasks may be released.");

    private static SystemCheck LeaderOf(SystemStatus status) => status.Leader is { } leader
        ? new("leader", SystemCheck.Ok, Text($"A dispatcher is at work, in epoch {leader.Epoch}."))
        : new(
            "leader", SystemCheck.Failed, "No process with the role dispatcher is at work, so nothing is released.",
            "Another takes over within seconds. If none does, start one. If there is one, its /health/ready says why it does not lead: it "
                + "does not reach the database, or the broker.");

    private static SystemCheck BrokerOf(BrokerFacts broker) => broker.IsReached || broker.NotTaken.Count > 0
        ? new("broker", SystemCheck.Ok, "The process that answers reaches the broker.")
        : new(
            "broker", SystemCheck.Failed, "The process that answers does not reach the broker. Tasks are accepted over HTTP, and wait.",
            "Start the broker, or correct the connection, the virtual host or the permissions.");

    private static SystemCheck QueuesOf(BrokerFacts broker) => broker.NotTaken.Count == 0
        ? new("queues", SystemCheck.Ok, "The broker refuses none of the queues of the process that answers.")
        : new(
            "queues", SystemCheck.Failed, $"Nothing is taken from {string.Join(", ", broker.NotTaken)}.",
            "A queue that exists with other arguments, such as after a change of TasksBus:QuorumQueues, must be emptied and deleted: the "
                + "processes declare it anew. Otherwise correct the permissions.");

    private static List<SystemCheck> PoolsOf(SystemStatus status)
    {
        var troubles = status.Pools.Select(pool => TroubleOf(pool, status)).OfType<SystemCheck>().ToList();
        return troubles.Count > 0 ? troubles
            : [new("pools", SystemCheck.Ok, "Each pool with tasks has workers, and no task waits for long.")];
    }

    /// <summary>What is wrong with a pool. Null when nothing is.</summary>
    private static SystemCheck? TroubleOf(PoolStatus pool, SystemStatus status)
    {
        var name = pool.Pool;
        var workers = status.WorkersOf(name);
        var free = workers.Sum(static worker => worker.Slots - worker.Running);
        var wait = pool.OldestDueAt is { } oldest ? status.At - oldest : TimeSpan.Zero;
        var (due, waits) = (Text($"{pool.Due:N0} due {(pool.Due == 1 ? "task" : "tasks")}"), pool.Due == 1 ? "waits" : "wait");
        return workers.Count == 0
            ? new(
                $"pool {name}", pool.Due > 0 ? SystemCheck.Failed : SystemCheck.Warning,
                Text($"No worker of the pool '{name}' is alive. {due} and {pool.Later:N0} later ones wait."),
                $"Start a worker with TasksBus:Pool={name}. If there is one, its /health/ready says why it does not take part: it does not "
                    + "reach the database, or the broker refuses its queue.")
            : pool.Aside > 0
            ? new(
                $"pool {name}", SystemCheck.Warning,
                Text($"{pool.Aside:N0} of {due} of the pool '{name}' wait until every worker of the pool has their function."),
                "End the roll-out of the version that has it, or stop the workers that lack it.")
            : pool.Due == 0 ? null
            // Without a leader and while there is a hold, that is what must be mended.
            : status is not { HeldBecause: null, Leader: not null } ? null
            : free > 0 && wait > s_idleWait
            ? new(
                $"pool {name}", SystemCheck.Failed,
                Text($"{due} of the pool '{name}' {waits} while {free:N0} slots are free, the oldest for {Span(wait)}."),
                "See whether the workers and the dispatchers reach the broker. /health/ready of each says so, and names a queue that the "
                    + "broker refuses. The runbook has more, on a backlog that grows.")
            : wait > s_longWait
            ? new(
                $"pool {name}", SystemCheck.Warning,
                Text($"{due} of the pool '{name}' {waits}, the oldest for {Span(wait)}, and no slot is free."),
                "Start more workers, give them more slots (TasksBus:WorkerSlots), or make the functions faster.")
            : null;
    }

    private static SystemCheck OutboxOf(SystemStatus status)
    {
        var text = Text($"{status.Outbox:N0} {(status.Outbox == 1 ? "event is" : "events are")} still to be published");
        var age = status.OldestEvent is { } oldest ? status.At - EventIds.TimeOf(oldest) : TimeSpan.Zero;
        return age <= s_idleWait
            ? new("outbox", SystemCheck.Ok, status.Outbox == 0 ? "Every event is published." : $"{text}.")
            : new(
                "outbox", age > s_longWait ? SystemCheck.Failed : SystemCheck.Warning, $"{text}, the oldest for {Span(age)}.",
                "The dispatcher at work publishes them: look whether it reaches the broker, and whether its log names an event that the "
                    + "broker refuses.");
    }

    private static SystemCheck TransactionsOf(StoreCondition store) => store.OldestTransaction is { } oldest && oldest.Age > s_longWait
        ? new(
            "transactions", oldest.Age > s_veryLongWait ? SystemCheck.Failed : SystemCheck.Warning,
            Text($"The transaction of process {oldest.ProcessId} ({oldest.Application}, {oldest.State}) is open for {Span(oldest.Age)}. ")
                + "It keeps dead rows alive, over which each look at the queue passes.",
            Text($"End it where it was begun, or with: select pg_terminate_backend({oldest.ProcessId})"))
        : new("transactions", SystemCheck.Ok, "No transaction that this database's user may see is open for long.");

    private static SystemCheck ReplicationOf(StoreCondition store) =>
        store.Stalled > 0
            ? new(
                "replication", SystemCheck.Failed, Text($"{store.Stalled:N0} commits wait for a synchronous standby."),
                "Repair the standby, or take it out of synchronous_standby_names and reload.")
        : store.Slots.FirstOrDefault(static slot => !slot.IsActive) is { } left
            ? new(
                "replication", left.BytesBehind > KeptBytes ? SystemCheck.Failed : SystemCheck.Warning,
                $"Nobody reads the replication slot '{left.Name}', for which {Size(left.BytesBehind)} of the write-ahead log are kept.",
                $"Start its standby, or drop the slot: select pg_drop_replication_slot('{left.Name}')")
        : store.Slots.FirstOrDefault(static slot => slot.BytesBehind > KeptBytes) is { } slow
            ? new(
                "replication", SystemCheck.Warning, $"The standby of the slot '{slow.Name}' is {Size(slow.BytesBehind)} behind.",
                "Look at its disk, its network and its log.")
        : new("replication", SystemCheck.Ok, "No commit waits for a standby, and none is far behind.");

    private static SystemCheck ClockOf(TimeSpan ahead) => ahead.Duration() <= s_noticedSkew
        ? new("clock", SystemCheck.Ok, "The clock of the process that answers agrees with the database's.")
        : new(
            "clock", ahead.Duration() > s_longWait ? SystemCheck.Failed : SystemCheck.Warning,
            $"The clock of the process that answers is {Span(ahead.Duration())} {(ahead > TimeSpan.Zero ? "ahead of" : "behind")} the "
                + "database's.",
            "Set the clocks of all machines by NTP. The database's clock decides when tasks start. The others date logs, history and "
                + "events, and sign what is sent to AWS.");
}
