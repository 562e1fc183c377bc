using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TasksBus.Contracts;
using TasksBus.Dispatch;
using TasksBus.Functions;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class EventTests
{
    private static readonly string[] s_all = [.. KeptEvents.All.Select(static type => type.Name)];

    [Fact]
    public async Task Each_event_reaches_a_consumer_once_under_the_id_that_was_committed_with_its_transition()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("fails", _ => new InvocationResult.FunctionFailed("TypeError", "x is undefined", null, null));
        await using var engine = await TestEngine.StartAsync(invoker, options => options.Events = s_all);
        var received = new ConcurrentQueue<(string Type, string TaskId, Guid? MessageId)>();
        TaskFailed? failure = null;
        await engine.Bus.ConnectReceiveEndpoint("test-events", endpoint =>
        {
            endpoint.Handler<TaskScheduled>(context => Receive(context, context.Message.TaskId));
            endpoint.Handler<TaskStarted>(context => Receive(context, context.Message.TaskId));
            endpoint.Handler<TaskCompleted>(context => Receive(context, context.Message.TaskId));
            endpoint.Handler<TaskCanceled>(context => Receive(context, context.Message.TaskId));
            endpoint.Handler<TaskFailed>(context =>
            {
                failure = context.Message;
                return Receive(context, context.Message.TaskId);
            });
        }).Ready;

        var completes = (await engine.ScheduleAsync("completes")).Id;
        var fails = (await engine.ScheduleAsync("fails")).Id;
        var canceled = (await engine.ScheduleAsync("canceled", TimeProvider.System.GetUtcNow().AddDays(1))).Id;
        await engine.Intake.CancelAsync(canceled);
        await engine.ReachesAsync(completes, TaskStates.Complete);
        await engine.ReachesAsync(fails, TaskStates.Failed);

        (string, string)[] expected =
        [
            (nameof(TaskScheduled), $"{completes}"), (nameof(TaskStarted), $"{completes}"), (nameof(TaskCompleted), $"{completes}"),
            (nameof(TaskScheduled), $"{fails}"), (nameof(TaskStarted), $"{fails}"), (nameof(TaskFailed), $"{fails}"),
            (nameof(TaskScheduled), $"{canceled}"), (nameof(TaskCanceled), $"{canceled}"),
        ];
        await Eventually.TrueAsync(() => received.Count >= expected.Length, "all events arrive");
        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "every event is forgotten");
        Assert.Equal(expected.Order(), received.Select(static one => (one.Type, one.TaskId)).Order());
        Assert.Equal(
            engine.Commits.Events.Select(static sent => (Guid?)sent.MessageId).Order(),
            received.Select(static one => one.MessageId).Order());
        Assert.Equal(
            ($"{fails}", "fails", new TaskError(TaskErrorTypes.Runtime, "TypeError", "x is undefined")),
            (failure!.TaskId, failure.FunctionName, failure.Error));

        Task Receive<T>(ConsumeContext<T> context, string taskId)
            where T : class
        {
            received.Enqueue((typeof(T).Name, taskId, context.MessageId));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Only_the_events_of_final_states_are_kept_unless_others_are_asked_for()
    {
        await using var engine = await TestEngine.StartAsync(new());

        await engine.ReachesAsync((await engine.ScheduleAsync("quiet")).Id, TaskStates.Complete);

        Assert.Equal([nameof(TaskCompleted)], engine.Commits.Events.Select(static sent => sent.Type));
    }

    [Fact]
    public async Task A_server_killed_between_publishing_and_forgetting_sends_again_under_the_same_message_id()
    {
        using var folder = new TempFolder();
        var (first, second) = (new RecordingSender(), new RecordingSender());
        await using (var engine = await StartAsync(folder, first))
        {
            engine.Get<WatchedOutbox>().DeletingEvents = static () => Task.FromException(new StoreUnavailableException("killed"));
            await engine.ReachesAsync((await engine.ScheduleAsync("done")).Id, TaskStates.Complete);
            await Eventually.TrueAsync(() => !first.Sent.IsEmpty, "the event is sent");
        }

        await using var again = await StartAsync(folder, second);
        await Eventually.TrueAsync(() => !second.Sent.IsEmpty, "the event is sent again");
        await Eventually.TrueAsync(
            async () => (await again.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "the event is forgotten");

        Assert.Equal(Assert.Single(first.Sent.Distinct()), Assert.Single(second.Sent));
    }

    [Fact]
    public async Task Events_that_the_broker_does_not_take_are_kept_and_hold_up_no_task()
    {
        using var folder = new TempFolder();
        var sender = new RecordingSender { IsAway = true };
        await using var engine = await StartAsync(folder, sender);

        await engine.ReachesAsync((await engine.ScheduleAsync("one")).Id, TaskStates.Complete);
        await engine.ReachesAsync((await engine.ScheduleAsync("two")).Id, TaskStates.Complete);
        Assert.Empty(sender.Sent);
        sender.IsAway = false;

        await Eventually.TrueAsync(() => sender.Sent.Count == 2, "both events are sent");
        Assert.Equal(engine.Commits.Events.Order(ById), sender.Sent.Order(ById));
    }

    private static readonly Comparer<OutgoingEvent> ById = Comparer<OutgoingEvent>.Create(
        static (left, right) => left.MessageId.CompareTo(right.MessageId));

    private static Task<TestEngine> StartAsync(TempFolder folder, RecordingSender sender) =>
        TestEngine.StartAsync(
            new(), folder: folder, services: services => services.Replace(ServiceDescriptor.Singleton<IEventSender>(sender)));

    private sealed class RecordingSender : IEventSender
    {
        public ConcurrentQueue<OutgoingEvent> Sent { get; } = [];

        public bool IsAway { get; set; }

        public Task SendAsync(OutgoingEvent outgoing, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new TimeoutException("The broker is away.");
            }

            Sent.Enqueue(outgoing);
            return Task.CompletedTask;
        }
    }
}
