using System.Text.Json;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.Testing.Tests;

/// <summary>Functions are delegates: what they get, and how they end.</summary>
public sealed class FunctionTests
{
    [Fact]
    public async Task A_task_runs_its_function_and_is_complete()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));

        var id = await harness.ScheduleAsync("resize");

        await harness.Task(id).ShouldComplete();
        await harness.Task(id).ShouldRunOnce();
    }

    [Fact]
    public async Task A_function_gets_the_task_with_its_input()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));

        var id = await harness.ScheduleAsync("resize", new Resize(5, "cat.png"));
        await harness.RunAllAsync();

        var call = Assert.Single(harness.Function("resize").Calls);
        Assert.Equal(new Resize(5, "cat.png"), call.DataAs<Resize>());
        Assert.Equal(id, call.TaskId);
        Assert.Equal("inProgress", call.Task.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Large_numbers_and_the_case_of_keys_arrive_as_they_were_sent()
    {
        const string Json = """{"Id":123456789012345678901234567890,"id":1.10,"":[3,1,2]}""";
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("import"));

        await harness.ScheduleAsync(new ScheduleTask { FunctionName = "import", Data = JsonElement.Parse(Json) });
        await harness.RunAllAsync();

        Assert.Equal(Json, Assert.Single(harness.Function("import").Calls).Data?.GetRawText());
    }

    [Fact]
    public async Task A_function_may_answer_with_what_it_computes_from_its_input()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("double").Answers(call => new { twice = 2 * call.Data!.Value.GetProperty("n").GetInt32() }));

        await harness.Task(await harness.ScheduleAsync("double", new { n = 21 })).ShouldComplete();
    }

    [Fact]
    public async Task An_exception_fails_the_task_with_its_name_and_message()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("resize").Runs(_ => throw new InvalidDataException("No image.")));

        var task = await harness.Task(await harness.ScheduleAsync("resize")).ShouldFail("InvalidDataException", "No image");

        Assert.Equal(TaskErrorTypes.Runtime, task.Error?.Type);
    }

    [Fact]
    public async Task A_function_may_be_told_to_fail_and_later_to_succeed()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(
            tasks => tasks.AddFunction("pay").Fails("CardDeclined", "No money."));

        await harness.Task(await harness.ScheduleAsync("pay")).ShouldFail("CardDeclined");

        harness.Function("pay").Returns("paid");
        await harness.Task(await harness.ScheduleAsync("pay")).ShouldComplete();
        Assert.Equal([1, 2], harness.Function("pay").Calls.Select(call => call.Number));
    }

    [Fact]
    public async Task What_a_function_logs_is_the_log_of_its_task()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize").Runs(call =>
        {
            call.Log("reading");
            call.Log("done");
        }));

        var task = await harness.Task(await harness.ScheduleAsync("resize")).ShouldComplete();

        Assert.Equal("reading\ndone", task.Log);
    }

    [Fact]
    public async Task An_asynchronous_function_is_awaited()
    {
        TaskCompletionSource done = new();
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("wait").RunsAsync(_ => done.Task));
        var id = await harness.ScheduleAsync("wait");

        var running = harness.RunAllAsync();
        Assert.False(running.IsCompleted);
        done.SetResult();
        await running;

        await harness.Task(id).ShouldComplete();
    }

    [Fact]
    public async Task A_function_that_nobody_added_fails_its_task_as_in_Lambda()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();

        var task = await harness.Task(await harness.ScheduleAsync("resize"))
            .ShouldFail("ResourceNotFoundException", "AddFunction(\"resize\")");

        Assert.Equal(TaskErrorTypes.Invocation, task.Error?.Type);
    }

    [Fact]
    public async Task A_function_that_is_disabled_fails_its_tasks_and_is_not_run()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("pay", pay => pay.IsEnabled = false));
        var id = await harness.ScheduleAsync("pay");

        await harness.Task(id).ShouldFail("FunctionDisabled");
        await harness.Task(id).ShouldNotRun();

        await harness.ManageFunctionAsync("pay", pay => pay.IsEnabled = true);
        await harness.Task(await harness.ScheduleAsync("pay")).ShouldComplete();
    }

    [Fact]
    public async Task A_version_and_an_ARN_lead_to_the_function_of_that_name()
    {
        await using var harness = await TasksBusTestHarness.StartAsync(tasks => tasks.AddFunction("resize"));

        await harness.Task(await harness.ScheduleAsync("resize:7")).ShouldComplete();
        await harness.Task(await harness.ScheduleAsync("arn:aws:lambda:eu-west-1:123456789012:function:resize")).ShouldComplete();
    }

    [Fact]
    public async Task A_function_may_schedule_tasks_which_run_too()
    {
        await using var harness = await TasksBusTestHarness.StartAsync();
        harness.Function("report").RunsAsync(async call =>
        {
            for (var page = 1; page <= 3; page++)
            {
                await harness.ScheduleAsync("page", new { page });
            }
        });
        harness.Function("page");

        await harness.ScheduleAsync("report");
        await harness.RunAllAsync();

        Assert.Equal([1, 2, 3], harness.Function("page").Calls.Select(call => call.Data!.Value.GetProperty("page").GetInt32()));
    }

    private sealed record Resize(int Width, string File);
}
