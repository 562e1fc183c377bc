using MassTransit;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Hosting;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>Events in the whole engine: by messages, and for tasks that fail.</summary>
public class TriggerTests
{
    [Fact]
    public async Task A_message_that_is_delivered_twice_raises_its_event_once()
    {
        await using var engine = await TestEngine.StartAsync(new(), services: static services => services.AddTriggers());
        await engine.DispatchAsync("paid", "ship");
        var messageId = Guid.NewGuid();

        for (var i = 0; i < 2; i++)
        {
            await engine.Bus.Publish(new EventOccurred { Type = "paid" }, context => context.MessageId = messageId);
        }

        await Eventually.TrueAsync(async () => await CountAsync(engine, "eq(status,complete)") == 1, "the task is complete");
        var id = TaskId.FromMessage(messageId);
        Assert.Equal(id, (await engine.Get<IRaisedEventStore>().FindAsync([id])).Single().Key);
        Assert.Equal(1, await CountAsync(engine, ""));
    }

    [Fact]
    public async Task With_the_setting_a_task_that_fails_raises_its_failure_once()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("fails", static _ => new InvocationResult.FunctionFailed("TypeError", "x is \u0000undefined", null, null));
        await using var engine = await StartAsync(invoker);
        await engine.DispatchAsync(EventRules.TaskFailed, "repair");

        var failed = await engine.ScheduleAsync("fails");

        await Eventually.TrueAsync(
            async () => await CountAsync(engine, "eq(functionName,repair)&eq(status,complete)") == 1, "it is repaired");
        var raised = Assert.Single(invoker.Invocations, static one => one.FunctionName == "repair").Event.GetProperty("data")
            .GetProperty("event");
        Assert.Equal("task_failed", raised.GetProperty("type").GetString());
        var content = raised.GetProperty("content");
        var error = content.GetProperty("error");
        Assert.Equal(
            ($"{failed.Id}", "fails", "runtime", "TypeError"),
            (content.GetProperty("id").GetString(), content.GetProperty("functionName").GetString(),
                error.GetProperty("type").GetString(), error.GetProperty("name").GetString()));
        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "the outbox is empty");
        Assert.Equal(2, await CountAsync(engine, ""));
    }

    [Fact]
    public async Task Without_the_setting_no_failure_is_raised()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("fails", static _ => new InvocationResult.FunctionFailed("TypeError", "x", null, null));
        await using var engine = await TestEngine.StartAsync(invoker, services: static services => services.AddTriggers());
        await engine.DispatchAsync(EventRules.TaskFailed, "repair");

        var failed = await engine.ScheduleAsync("fails");
        await engine.ReachesAsync(failed.Id, TaskStates.Failed);
        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "the outbox is empty");

        Assert.Equal(1, await CountAsync(engine, ""));
    }

    [Fact]
    public async Task A_repair_that_fails_itself_is_tried_ten_times_and_then_no_more()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("repair", static _ => new InvocationResult.FunctionFailed("TypeError", "x", null, null));
        await using var engine = await StartAsync(invoker);
        await engine.DispatchAsync(EventRules.TaskFailed, "repair");

        await engine.ScheduleAsync("repair");

        await Eventually.TrueAsync(async () => await EventsAsync(engine) is { Count: 11 }, "the last failure is raised");
        Assert.Equal(11, await CountAsync(engine, "eq(status,failed)"));
        Assert.Equal(Enumerable.Range(0, 11), (await EventsAsync(engine)).Select(static raised => raised.Depth).Order());
        Assert.Equal(11, await CountAsync(engine, ""));
    }

    [Fact]
    public async Task A_failure_whose_event_is_stored_but_not_confirmed_is_raised_once()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("fails", static _ => new InvocationResult.FunctionFailed("TypeError", "x", null, null));
        await using var engine = await StartAsync(invoker);
        await engine.DispatchAsync(EventRules.TaskFailed, "repair");
        var isLost = false;
        engine.Commits.Committed = changes =>
        {
            if (isLost || !changes.Any(static change => change.Raised is not null))
            {
                return Task.CompletedTask;
            }

            isLost = true;
            throw new StoreUnavailableException("It went away.");
        };

        await engine.ScheduleAsync("fails");

        await Eventually.TrueAsync(
            async () => await CountAsync(engine, "eq(functionName,repair)&eq(status,complete)") == 1, "it is repaired");
        await Eventually.TrueAsync(
            async () => (await engine.Store.NextEventsAsync(1, CancellationToken.None)).Count == 0, "the outbox is empty");
        Assert.True(isLost);
        Assert.Single(await EventsAsync(engine));
        Assert.Equal(2, await CountAsync(engine, ""));
    }

    private static Task<TestEngine> StartAsync(ScriptedInvoker invoker) => TestEngine.StartAsync(
        invoker, static options => options.TaskFailedEvents = true, services: static services => services.AddTriggers());

    private static async Task<long?> CountAsync(TestEngine engine, string rql) =>
        (await engine.Store.FindAsync(RqlQuery.Parse(rql, RqlSchema.Tasks).Query, default)).Total;

    private static async Task<IReadOnlyList<RaisedEvent>> EventsAsync(TestEngine engine) =>
        (await engine.Get<IRaisedEventStore>().FindAsync(RqlQuery.Everything, default)).Events;
}
