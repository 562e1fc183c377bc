using System.Text.Json;
using MassTransit;
using TasksBus.Contracts;
using TasksBus.Intake;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>The harness refuses what the server refuses, in the same words.</summary>
public sealed class RefusalTests
{
    public static TheoryData<ScheduleTask, int, string> Refused => new()
    {
        { new ScheduleTask { FunctionName = "" }, 14, "functionName is required" },
        { new ScheduleTask { FunctionName = "two words" }, 15, "functionName must be the name or ARN" },
        { new ScheduleTask { FunctionName = "work", Priority = long.MaxValue }, 15, "priority must be an integer" },
        { new ScheduleTask { FunctionName = "work", TaskId = "7" }, 12, "taskId must be 24 hex digits" },
        { new ScheduleTask { FunctionName = "work", Tags = [new string('x', 257)] }, 15, "tags: at most 256 characters" },
        { new ScheduleTask { FunctionName = "work", Data = JsonElement.Parse("[1]") }, 15, "data must be a JSON object" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_task_that_breaks_a_rule_is_refused_at_the_call(ScheduleTask task, int code, string message)
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => harness.ScheduleAsync(task));

        Assert.Equal(code, refused.Refusal.Code.Code);
        Assert.StartsWith(message, refused.Refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_that_breaks_a_rule_goes_to_the_error_queue_with_the_reason()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        await harness.Bus.Publish(new ScheduleTask { FunctionName = "work", Priority = long.MaxValue });
        await harness.RunAllAsync();

        var refused = Assert.Single(harness.Refused);
        Assert.Equal((Queues.ScheduleTask, (int?)15), (refused.Queue, refused.Code));
        Assert.StartsWith("priority must be an integer", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await harness.TasksAsync());
    }

    [Fact]
    public async Task One_bad_task_refuses_the_whole_batch()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        await harness.Bus.Publish(new ScheduleTasks
        {
            Tasks = [new ScheduleTask { FunctionName = "work" }, new ScheduleTask { FunctionName = "" }],
        });
        await harness.RunAllAsync();

        Assert.StartsWith("tasks[1]: functionName is required", Assert.Single(harness.Refused).Message, StringComparison.Ordinal);
        Assert.Empty(await harness.TasksAsync());
    }

    [Fact]
    public async Task A_request_that_is_refused_gets_a_fault_with_the_reason()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        var fault = await Assert.ThrowsAsync<RequestFaultException>(
            () => harness.Bus.Request<ScheduleTask, ScheduleTaskResult>(new ScheduleTask { FunctionName = "two words" }));

        Assert.Contains("FIELD_FORMAT_EXCEPTION (15)", fault.Fault!.Exceptions[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_registered_functions_may_be_scheduled_if_the_server_is_set_so()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks =>
        {
            tasks.Settings.OnlyRegisteredFunctions = true;
            tasks.AddFunction("managed", _ => { });
            tasks.AddFunction("other");
        });

        await harness.Task(await harness.ScheduleAsync("managed")).ShouldComplete();
        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => harness.ScheduleAsync("other"));

        Assert.Equal(16, refused.Refusal.Code.Code);
    }
}
