using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class DuplicateTests
{
    [Fact]
    public async Task One_message_delivered_ten_times_at_once_makes_one_task_that_runs_once()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var consumed = new Consumed();
        engine.Bus.ConnectConsumeMessageObserver(consumed);
        var messageId = Guid.NewGuid();

        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ =>
            engine.Bus.Publish(new ScheduleTask { FunctionName = "once" }, context => context.MessageId = messageId)));

        await Eventually.TrueAsync(() => consumed.Count == 10, "ten deliveries were consumed");
        Assert.Equal(0, consumed.Faults);
        await engine.ReachesAsync(TaskId.FromMessage(messageId), TaskStates.Complete);
        Assert.Equal(1, (await engine.Store.FindAsync("functionName=once")).Total);
        await AssertRunOnceAsync(engine, invoker, TaskId.FromMessage(messageId));
    }

    [Fact]
    public async Task One_id_in_ten_messages_at_once_makes_one_task_with_one_content()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var id = TaskId.New();

        var stored = await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
            engine.Intake.ScheduleAsync(id, new() { FunctionName = "same", Data = JsonElement.Parse($$"""{"n":{{i}}}""") })));

        Assert.Single(stored.Select(static task => task.Data).Distinct());
        await engine.ReachesAsync(id, TaskStates.Complete);
        await AssertRunOnceAsync(engine, invoker, id);
        Assert.Equal(
            stored[0].Data, Assert.Single(invoker.Invocations, invoked => invoked.Id == id).Event.GetProperty("data").GetRawText());
    }

    [Fact]
    public async Task The_first_content_of_an_id_stays_even_after_the_task_has_run()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var task = await engine.ScheduleAsync("first");
        await engine.ReachesAsync(task.Id, TaskStates.Complete);

        var again = await engine.Intake.ScheduleAsync(task.Id, new() { FunctionName = "second", Priority = 5 });

        Assert.Equal(("first", 0L, TaskStates.Complete), (again.FunctionName, again.Priority, again.Status));
        await AssertRunOnceAsync(engine, invoker, task.Id);
        Assert.Equal(0, invoker.CountOf("second"));
    }

    [Theory]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":"\u0000"}""")]
    public async Task A_second_delivery_of_data_that_is_no_proper_text_is_as_harmless_as_any(string data)
    {
        await using var engine = await TestEngine.StartAsync(new());
        var task = new ScheduleTask { FunctionName = "odd", Data = JsonElement.Parse(data) };
        var id = TaskId.New();

        await engine.Intake.ScheduleAsync(id, task);
        var again = await engine.Intake.ScheduleAsync(id, task);

        Assert.Equal(id, again.Id);
        await engine.ReachesAsync(id, TaskStates.Complete);
    }

    private static async Task AssertRunOnceAsync(TestEngine engine, ScriptedInvoker invoker, TaskId id)
    {
        // A second run would have been released before a task that is scheduled later.
        await engine.ReachesAsync((await engine.ScheduleAsync("later")).Id, TaskStates.Complete);
        Assert.Equal(1, invoker.CountOf(id));
    }

    private sealed class Consumed : IConsumeMessageObserver<ScheduleTask>
    {
        private int _count, _faults;

        public int Count => _count + _faults;

        public int Faults => _faults;

        public Task PreConsume(ConsumeContext<ScheduleTask> context) => Task.CompletedTask;

        public Task PostConsume(ConsumeContext<ScheduleTask> context)
        {
            Interlocked.Increment(ref _count);
            return Task.CompletedTask;
        }

        public Task ConsumeFault(ConsumeContext<ScheduleTask> context, Exception exception)
        {
            Interlocked.Increment(ref _faults);
            return Task.CompletedTask;
        }
    }
}
