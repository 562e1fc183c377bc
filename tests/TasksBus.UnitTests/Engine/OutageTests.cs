using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Functions;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class OutageTests
{
    [Theory]
    [InlineData(typeof(StoreUnavailableException))]
    [InlineData(typeof(InvalidOperationException))]
    public async Task A_heartbeat_that_fails_in_any_way_is_followed_by_the_next(Type failure)
    {
        await using var engine = await TestEngine.StartAsync(new(), static options => options.WorkerLease = TimeSpan.FromSeconds(5));
        var beats = 0;
        engine.Get<WatchedLeases>().Beating = () =>
            Interlocked.Increment(ref beats) == 1 ? throw (Exception)Activator.CreateInstance(failure, "gone", null)! : Task.CompletedTask;

        await Eventually.TrueAsync(() => beats >= 3, "the worker beats on");

        await engine.ReachesAsync((await engine.ScheduleAsync("after")).Id, TaskStates.Complete);
    }

    [Fact]
    public async Task A_worker_that_was_declared_dead_goes_on_under_a_new_id()
    {
        await using var engine = await TestEngine.StartAsync(new(), static options => options.WorkerLease = TimeSpan.FromSeconds(5));
        var dead = Assert.Single(await engine.Store.WorkersAsync(CancellationToken.None)).Id;

        await engine.Store.RemoveWorkerAsync(dead, CancellationToken.None);
        var task = await engine.ScheduleAsync("waits for a worker");

        await engine.ReachesAsync(task.Id, TaskStates.Complete);
        Assert.NotEqual(dead, Assert.Single(await engine.Store.WorkersAsync(CancellationToken.None)).Id);
    }

    /// <summary>The store does not count them any more, but they still hold slots.</summary>
    [Fact]
    public async Task A_worker_under_a_new_lease_offers_only_the_slots_that_functions_of_the_old_one_leave_free()
    {
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("slow");
        await using var engine = await TestEngine.StartAsync(
            invoker, static options => (options.WorkerLease, options.WorkerSlots) = (TimeSpan.FromSeconds(5), 5));
        var dead = Assert.Single(await engine.Store.WorkersAsync(CancellationToken.None)).Id;
        await engine.Intake.ScheduleAllAsync([.. Enumerable.Repeat(new ScheduleTask { FunctionName = "slow" }, 3)]);
        await Eventually.TrueAsync(() => invoker.CountOf("slow") == 3, "its functions run");

        await engine.Store.RemoveWorkerAsync(dead, CancellationToken.None);
        WorkerRow? worker = null;
        await Eventually.TrueAsync(
            async () => (worker = (await engine.Store.WorkersAsync(CancellationToken.None)).SingleOrDefault()) is not null
                && worker.Id != dead,
            "it goes on");

        Assert.Equal((2, 0), (worker!.Slots, worker.Running));
        answer.SetResult(ScriptedInvoker.Success);
        await Eventually.TrueAsync(
            async () => (await engine.Store.WorkersAsync(CancellationToken.None)).Single().Slots == 5, "it offers all of its slots again");
    }

    [Fact]
    public async Task An_invocation_that_waits_for_a_connection_may_not_be_sent_once_the_lease_runs_out()
    {
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("slow");
        await using var engine = await TestEngine.StartAsync(invoker, static options => options.WorkerLease = TimeSpan.FromSeconds(5));
        await engine.ScheduleAsync("slow");
        await Eventually.TrueAsync(() => invoker.CountOf("slow") == 1, "the invocation is handed in");
        var maySend = invoker.Invocations.Single().MaySend;
        Assert.True(maySend());

        engine.Get<WatchedLeases>().Beating = static () => throw new StoreUnavailableException("gone");

        await Eventually.TrueAsync(() => !maySend(), "it is too late to send it");
        answer.SetResult(ScriptedInvoker.Success);
    }

    [Fact]
    public async Task A_stop_while_the_database_is_away_still_waits_for_running_functions()
    {
        var invoker = new ScriptedInvoker();
        var answer = invoker.Hold("slow");
        await using var engine = await TestEngine.StartAsync(invoker);
        var slow = await engine.ScheduleAsync("slow");
        await Eventually.TrueAsync(() => invoker.CountOf("slow") == 1, "the function runs");
        engine.Get<WatchedLeases>().Beating = static () => throw new StoreUnavailableException("gone");

        var stopping = engine.StopAsync();
        answer.SetResult(ScriptedInvoker.Success);
        await stopping;

        Assert.Equal(TaskStates.Complete, (await engine.FindAsync(slow.Id))!.Status);
    }

    [Fact]
    public async Task An_event_that_cannot_be_published_is_kept_and_holds_up_no_other()
    {
        var sender = new PickySender();
        await using var engine = await TestEngine.StartAsync(
            new(), services: services => services.Replace(ServiceDescriptor.Singleton<IEventSender>(sender)));
        var bad = (await engine.ScheduleAsync("bad")).Id;
        await engine.ReachesAsync(bad, TaskStates.Complete);
        var good = (await engine.ScheduleAsync("good")).Id;

        await Eventually.TrueAsync(
            () => sender.Sent.Any(body => body.Contains($"{good}", StringComparison.Ordinal)), "the good event goes out");
        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(10, CancellationToken.None)).Count == 1, "the good event is forgotten");

        Assert.Contains(
            $"{bad}", Assert.Single(await engine.Store.NextEventsAsync(10, CancellationToken.None)).Event.Body, StringComparison.Ordinal);
        Assert.Single(sender.Sent);
    }

    [Fact]
    public async Task A_wait_that_Lambda_asks_for_is_never_longer_than_a_minute()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("throttled", _ => invoker.CountOf("throttled") > 1 ? ScriptedInvoker.Success
            : new InvocationResult.NotRunYet("TooManyRequestsException", "Throttled.", TimeSpan.FromDays(365)));
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        var throttled = await engine.ScheduleAsync("throttled");
        await Eventually.TrueAsync(async () => (await engine.FindAsync(throttled.Id))!.NotRunCount == 1, "the task was given back");

        clock.Advance(TimeSpan.FromMinutes(1));

        await engine.ReachesAsync(throttled.Id, TaskStates.Complete);
    }

    private sealed class PickySender : IEventSender
    {
        public ConcurrentQueue<string> Sent { get; } = [];

        public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
        {
            if (outgoing.Body.Contains("\"bad\"", StringComparison.Ordinal))
            {
                throw new NotSupportedException("No such event.");
            }

            Sent.Enqueue(outgoing.Body);
            return Task.CompletedTask;
        }
    }
}
