using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>A leader whose broker takes no messages, or only some.</summary>
public class BrokerOutageTests
{
    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(10);

    /// <summary>The pool has more workers, so each task has a message of its own.</summary>
    [Fact]
    public async Task At_the_first_message_that_the_broker_does_not_take_another_may_lead()
    {
        var releases = new Releases { IsAway = static _ => true };
        await using var engine = await StartAsync(releases);
        for (var i = 0; i < 5; i++)
        {
            await AddWorkerAsync(engine, PoolNames.Default);
        }

        await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "greet" }, 40)]);

        var tried = 0;
        await Eventually.TrueAsync(async () =>
        {
            tried = releases.Tried;
            return await engine.Store.LeadAsync(Guid.NewGuid(), s_lease, default) is not null;
        }, "another leads");
        Assert.Equal(1, tried);
    }

    [Fact]
    public async Task Where_no_event_can_be_published_another_may_lead_and_publish_it()
    {
        var events = new Events();
        await using var engine = await TestEngine.StartAsync(
            new(), services: services => services.Replace(ServiceDescriptor.Singleton<IEventSender>(events)));
        var task = await engine.ScheduleAsync("greet");

        await engine.ReachesAsync(task.Id, TaskStates.Complete);

        await Eventually.TrueAsync(async () => await engine.Store.LeadAsync(Guid.NewGuid(), s_lease, default) is not null, "another leads");
        Assert.NotEmpty(await engine.Store.NextEventsAsync(10, default));
    }

    /// <summary>It steps aside and leads again, over and over, because there is nobody else.</summary>
    [Fact]
    public async Task While_the_broker_is_away_a_worker_that_is_silent_is_found_dead()
    {
        var releases = new Releases { IsAway = static _ => true };
        await using var engine = await StartAsync(releases, static options => options.WorkerLease = TimeSpan.FromSeconds(5));
        await engine.ScheduleAsync("never released");
        await Eventually.TrueAsync(() => releases.Tried > 0, "the broker is tried");
        var task = await engine.Intake.ScheduleAsync(
            TaskId.New(), new() { FunctionName = "lost", StartTimestamp = DateTimeOffset.UnixEpoch });
        await ClaimAsync(engine, task.Id, await AddWorkerAsync(engine, "other"), TimeSpan.FromMinutes(5));

        Assert.Equal(TaskErrorNames.ZombieTaskCleaned, (await engine.ReachesAsync(task.Id, TaskStates.Failed)).Error!.Name);
        await Eventually.TrueAsync(() => releases.Tried > 1, "it leads again");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_of_one_pool_that_are_not_taken_hold_up_no_other_pool(bool hangs)
    {
        var releases = new Releases { IsRefused = static pool => pool != PoolNames.Default, Hangs = hangs };
        await using var engine = await StartAsync(releases, static options =>
        {
            options.Pools["a"] = ["stuck"];
            options.Pools["z"] = ["stuck too"];
        });
        await AddWorkerAsync(engine, "a");
        await AddWorkerAsync(engine, "z");
        await engine.ScheduleAsync("stuck");
        await engine.ScheduleAsync("stuck too");
        await Eventually.TrueAsync(() => releases.Refused.Distinct().Count() == 2, "both are tried");

        for (var i = 0; i < 5; i++)
        {
            await engine.ReachesAsync((await engine.ScheduleAsync("greet")).Id, TaskStates.Complete);
        }

        Assert.Null(await engine.Store.LeadAsync(Guid.NewGuid(), s_lease, default));
    }

    [Fact]
    public async Task Many_tasks_of_one_pool_that_fall_due_at_once_hold_up_no_other_pool()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        await using var engine = await TestEngine.StartAsync(invoker, static options =>
        {
            options.WorkerSlots = 1;
            options.Pools["other"] = ["much"];
        }, clock: clock);
        var answer = invoker.Hold("held");
        await engine.ReachesAsync((await engine.ScheduleAsync("held")).Id, TaskStates.InProgress);
        var start = clock.GetUtcNow() + TimeSpan.FromHours(1);
        await engine.Intake.ScheduleAllAsync(
            [.. Enumerable.Repeat(new ScheduleTask { FunctionName = "much", Priority = 9, StartTimestamp = start }, 3_000)]);
        var later = await engine.ScheduleAsync("greet", start);
        var unmarked = -1;
        invoker.On("greet", _ =>
        {
            unmarked = engine.Unmarked();
            return ScriptedInvoker.Success;
        });

        engine.Get<WatchedQueue>().MarkAtMost = 10;
        clock.Advance(TimeSpan.FromHours(2));
        answer.SetResult(ScriptedInvoker.Success);

        await engine.ReachesAsync(later.Id, TaskStates.Complete);
        Assert.InRange(unmarked, 1, 3_000);
        await Eventually.TrueAsync(() => engine.Unmarked() == 0, "all are marked");
    }

    private static Task<TestEngine> StartAsync(
        Releases releases, Action<TasksBusOptions>? options = null) => TestEngine.StartAsync(new(), options, services: services =>
    {
        var inner = services.Single(static service => service.ServiceType == typeof(IReleaseSender));
        services.Remove(inner);
        services.AddSingleton<IReleaseSender>(provider =>
        {
            releases.Inner = (IReleaseSender)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!);
            return releases;
        });
    });

    private static async Task<Guid> AddWorkerAsync(TestEngine engine, string pool)
    {
        var worker = Guid.NewGuid();
        await engine.Store.AddWorkerAsync(new(worker, pool, 10, 0, "host", "1", 0), default);
        return worker;
    }

    private static async Task ClaimAsync(TestEngine engine, TaskId id, Guid worker, TimeSpan limit)
    {
        var transitions = engine.Get<TaskTransitions>();
        var result = await transitions.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, limit));
        Assert.Equal(TransitionOutcome.Applied, result.Outcome);
    }

    /// <summary>The in-memory bus in the role of a broker that takes some messages, or is silent for a while.</summary>
    private sealed class Releases : IReleaseSender
    {
        private int _tried;

        public IReleaseSender Inner { get; set; } = null!;

        public Func<string, bool> IsAway { get; init; } = static _ => false;

        public Func<string, bool> IsRefused { get; init; } = static _ => false;

        /// <summary>Whether a refused message gets no answer.</summary>
        public bool Hangs { get; init; }

        public int Tried => _tried;

        public ConcurrentQueue<string> Refused { get; } = [];

        public async Task SendAsync(string pool, IReadOnlyList<TaskId> ids, byte level, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _tried);
            if (IsAway(pool))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1_500), cancellationToken);
                throw new BrokerUnavailableException("away");
            }

            if (IsRefused(pool))
            {
                Refused.Enqueue(pool);
                await (Hangs
                    ? Task.Delay(Timeout.Infinite, cancellationToken)
                    : Task.FromException(new InvalidOperationException("refused")));
            }

            await Inner.SendAsync(pool, ids, level, cancellationToken);
        }
    }

    private sealed class Events : IEventSender
    {
        public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken) =>
            Task.FromException(new BrokerUnavailableException("away"));
    }
}
