using System.Collections.Concurrent;
using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class BusCommandTests
{
    public static TheoryData<string?, long?, string?, string> Refused => new()
    {
        { null, null, null, "functionName" },
        { "", null, null, "MISSING_REQUIRED_FIELDS_EXCEPTION (14)" },
        { "spaces are none", null, null, "FIELD_FORMAT_EXCEPTION (15)" },
        { "hello", 9007199254740992, null, "FIELD_FORMAT_EXCEPTION (15)" },
        { "hello", -9007199254740992, null, "FIELD_FORMAT_EXCEPTION (15)" },
        { "hello", null, "xyz", "ID_FORMAT_EXCEPTION (12)" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_command_that_is_refused_goes_to_the_error_queue_once_with_the_reason_and_the_next_is_handled(
        string? function, long? priority, string? taskId, string reason)
    {
        await using var engine = await TestEngine.StartAsync(new());
        var errors = await WatchErrorsAsync(engine);
        var good = TaskId.New();

        await engine.Bus.Publish(new ScheduleTask { FunctionName = function!, Priority = priority, TaskId = taskId });
        await engine.Bus.Publish(new ScheduleTask { FunctionName = "good", TaskId = good.ToString() });

        await engine.ReachesAsync(good, TaskStates.Complete);
        await Eventually.TrueAsync(() => !errors.IsEmpty, "the message is in the error queue");
        Assert.Contains(reason, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_whose_data_is_no_object_goes_to_the_error_queue()
    {
        await using var engine = await TestEngine.StartAsync(new());
        var errors = await WatchErrorsAsync(engine);

        await engine.Bus.Publish(new ScheduleTask { FunctionName = "hello", Data = JsonElement.Parse("[1]") });

        await Eventually.TrueAsync(() => !errors.IsEmpty, "the message is in the error queue");
        Assert.Contains("data must be a JSON object", Assert.Single(errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"n":123456789012345678901234567890,"big":9007199254740993,"small":1e-400,"decimal":0.10}""")]
    [InlineData("""{"key":1,"KEY":2,"Key":3,"":4}""")]
    [InlineData("""{"nul":"a\u0000b","quote":"\"\\/","umlaut":"\u00fc\ud83d\ude00","html":"<&>'+"}""")]
    [InlineData("""{"nothing":null,"list":[null,{},[],true,false],"$type":"x","camelCase":{"PascalCase":{"snake_case":1}}}""")]
    [InlineData("""{"time":"2021-09-29T15:17:07.0510000+02:00","id":"6f9619ff-8b86-d011-b42d-00cf4fc964ff"}""")]
    [InlineData("{}")]
    public async Task Data_sent_over_the_bus_reaches_the_function_equal(string data)
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var id = TaskId.New();

        await engine.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "echo", Data = JsonElement.Parse(data) });

        await engine.ReachesAsync(id, TaskStates.Complete);
        var got = Assert.Single(invoker.Invocations).Event.GetProperty("data");
        Assert.True(JsonElement.DeepEquals(JsonElement.Parse(data), got), $"Sent {data}; the function got {got.GetRawText()}.");
    }

    [Theory]
    [InlineData("""{"half":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    public async Task Data_that_is_no_proper_text_is_refused_at_the_sender_or_reaches_the_function_as_it_is(string data)
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var errors = await WatchErrorsAsync(engine);
        var id = TaskId.New();

        var refused = await Record.ExceptionAsync(() =>
            engine.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "echo", Data = JsonElement.Parse(data) }));

        if (refused is null)
        {
            await engine.ReachesAsync(id, TaskStates.Complete);
            Assert.Equal(data, Assert.Single(invoker.Invocations).Event.GetProperty("data").GetRawText());
        }

        Assert.Empty(errors);
    }

    [Fact]
    public async Task A_command_without_data_or_options_reaches_the_function_with_their_defaults()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var id = TaskId.New();

        await engine.Bus.Publish(new ScheduleTask { TaskId = id.ToString(), FunctionName = "plain" });

        await engine.ReachesAsync(id, TaskStates.Complete);
        var got = Assert.Single(invoker.Invocations).Event;
        Assert.Equal(
            ["id", "status", "statusChangedTimestamp", "functionName", "startTimestamp", "tags", "priority", "creationTimestamp",
                "updateTimestamp"],
            got.EnumerateObject().Select(static property => property.Name));
        Assert.Equal((TaskStates.InProgress, 0L), (got.GetProperty("status").GetString(), got.GetProperty("priority").GetInt64()));
    }

    [Fact]
    public async Task Everything_else_of_a_command_arrives_too()
    {
        await using var engine = await TestEngine.StartAsync(new());
        var (id, start) = (TaskId.New(), TimeProvider.System.GetUtcNow().AddDays(1).ToOffset(TimeSpan.FromHours(2)));

        await engine.Bus.Publish(new ScheduleTask
        {
            TaskId = id.ToString().ToUpperInvariant(),
            FunctionName = "arn:aws:lambda:eu-west-1:123456789012:function:hello:$LATEST",
            StartTimestamp = start,
            Priority = -9007199254740991,
            Tags = ["a", "A", "\U0001F600", ""],
        });

        var task = await engine.ReachesAsync(id, TaskStates.New);
        Assert.Equal("arn:aws:lambda:eu-west-1:123456789012:function:hello:$LATEST", task.FunctionName);
        Assert.Equal((-9007199254740991, 0), (task.Priority, (task.StartTimestamp!.Value - start).Ticks / TimeSpan.TicksPerMicrosecond));
        Assert.Equal(["a", "A", "\U0001F600", ""], task.Tags);
    }

    [Fact]
    public async Task Many_tasks_in_one_message_delivered_thrice_at_once_are_made_once_each()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        var (messageId, chosen) = (Guid.NewGuid(), TaskId.New());
        var message = new ScheduleTasks
        {
            Tasks = [.. Enumerable.Range(0, 50)
                .Select(i => new ScheduleTask { FunctionName = "many", TaskId = i == 7 ? chosen.ToString() : null })],
        };

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => engine.Bus.Publish(message, context => context.MessageId = messageId)));

        for (var i = 0; i < 50; i++)
        {
            await engine.ReachesAsync(i == 7 ? chosen : TaskId.FromMessage(messageId, i), TaskStates.Complete);
        }

        Assert.Equal(50, (await engine.Store.FindAsync("functionName=many")).Total);
        Assert.Equal(50, invoker.CountOf("many"));
    }

    [Fact]
    public async Task Many_tasks_of_which_one_is_refused_are_refused_whole_and_the_reason_names_its_place()
    {
        await using var engine = await TestEngine.StartAsync(new());
        var errors = await WatchErrorsAsync(engine, Queues.ScheduleTasks, "many");

        await engine.Bus.Publish(
            new ScheduleTasks { Tasks = [new() { FunctionName = "many" }, new() { FunctionName = "many", TaskId = "xyz" }] });

        await Eventually.TrueAsync(() => !errors.IsEmpty, "the message is in the error queue");
        Assert.Contains("tasks[1]: taskId", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal(0, (await engine.Store.FindAsync("functionName=many")).Total);
    }

    [Fact]
    public async Task Many_tasks_of_which_one_is_not_registered_are_refused_whole_and_the_reason_names_its_place()
    {
        await using var engine = await TestEngine.StartAsync(new(), static options => options.OnlyRegisteredFunctions = true);
        await engine.ManageAsync("known", static _ => { });
        var errors = await WatchErrorsAsync(engine, Queues.ScheduleTasks, "many");

        await engine.Bus.Publish(new ScheduleTasks
        {
            Tasks =
            [
                .. Enumerable.Repeat(new ScheduleTask { FunctionName = "known" }, 20), new() { FunctionName = "unknown" },
                new() { FunctionName = "known" },
            ],
        });

        await Eventually.TrueAsync(() => !errors.IsEmpty, "the message is in the error queue");
        Assert.Contains("tasks[20]: There is no function 'unknown'", Assert.Single(errors), StringComparison.Ordinal);
        Assert.Equal(0, (await engine.Store.FindAsync("")).Total);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Of_many_tasks_one_that_is_known_is_passed_over_and_the_rest_are_stored_in_one_transaction(int place)
    {
        await using var engine = await TestEngine.StartAsync(new());
        TaskId[] ids = [.. Enumerable.Range(0, 5).Select(static _ => TaskId.New())];
        await engine.Intake.ScheduleAsync(ids[place], new() { FunctionName = "first" });
        ConcurrentQueue<int> together = [];
        engine.Commits.Committed = changes =>
        {
            together.Enqueue(changes.Max(static change => change.IsInsert ? change.Inserts.Count + 1 : 0));
            return Task.CompletedTask;
        };

        await engine.Bus.Publish(new ScheduleTasks
        {
            Tasks = [.. ids.Append(ids[4]).Select(static id => new ScheduleTask { TaskId = id.ToString(), FunctionName = "many" })],
        });

        foreach (var id in ids)
        {
            Assert.Equal(id == ids[place] ? "first" : "many", (await engine.ReachesAsync(id, TaskStates.Complete)).FunctionName);
        }

        Assert.Equal(5, (await engine.Store.FindAsync("")).Total);
        Assert.Contains(4, together);
    }

    [Fact]
    public async Task A_request_is_answered_with_the_id_or_the_refusal()
    {
        await using var engine = await TestEngine.StartAsync(new());
        var (id, client) = (TaskId.New(), engine.Bus.CreateRequestClient<ScheduleTask>(RequestTimeout.After(s: 30)));

        Assert.Equal(id.ToString(), (await client.GetResponse<ScheduleTaskResult>(
            new ScheduleTask { TaskId = id.ToString(), FunctionName = "asked" })).Message.TaskId);
        var refused = await Assert.ThrowsAsync<RequestFaultException>(
            () => client.GetResponse<ScheduleTaskResult>(new ScheduleTask { FunctionName = "not a name" }));

        Assert.Contains("functionName must be", refused.Message, StringComparison.Ordinal);
        await engine.ReachesAsync(id, TaskStates.Complete);
    }

    [Fact]
    public async Task A_key_of_the_publishers_own_stands_for_one_task_and_the_first_content_stays()
    {
        await using var engine = await TestEngine.StartAsync(new());

        await engine.Bus.Publish(new ScheduleTask { IdempotencyKey = "order-1", FunctionName = "first" });
        await engine.ReachesAsync(TaskId.FromKey("order-1"), TaskStates.Complete);
        await engine.Bus.Publish(new ScheduleTasks
        {
            Tasks =
            [
                new() { IdempotencyKey = "order-1", FunctionName = "second" },
                new() { IdempotencyKey = "order-2", FunctionName = "second" },
            ],
        });

        await engine.ReachesAsync(TaskId.FromKey("order-2"), TaskStates.Complete);
        Assert.Equal("first", (await engine.FindAsync(TaskId.FromKey("order-1")))!.FunctionName);
    }

    private static async Task<ConcurrentQueue<string>> WatchErrorsAsync(
        TestEngine engine, string queue = Queues.ScheduleTask, string? kind = null)
    {
        var errors = new ConcurrentQueue<string>();
        await engine.Bus.ConnectReceiveEndpoint($"{queue}_error", endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            if (kind is null)
            {
                endpoint.Handler<AnyScheduleTask>(Keep);
            }
            else
            {
                endpoint.Handler<AnyScheduleTasks>(Keep);
            }
        }).Ready;
        return errors;

        Task Keep(ConsumeContext context)
        {
            errors.Enqueue(context.ReceiveContext.TransportHeaders.Get<string>("MT-Fault-Message") ?? "no reason");
            return Task.CompletedTask;
        }
    }
}

/// <summary>Reads any message of that type, however wrong its content.</summary>
[MessageUrn("TasksBus.Contracts:ScheduleTask")]
public sealed record AnyScheduleTask;

/// <summary>Reads any message of that type, however wrong its content.</summary>
[MessageUrn("TasksBus.Contracts:ScheduleTasks")]
public sealed record AnyScheduleTasks;
