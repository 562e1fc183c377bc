using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

public class ManagedFunctionTests
{
    private static readonly InvocationResult s_failure = new InvocationResult.FunctionFailed("RangeError", "out of range", "a log", null);

    [Fact]
    public async Task A_function_that_fails_is_retried_three_times_two_five_and_ten_seconds_after_each_failure()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("weak", _ => s_failure);
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        await engine.ManageAsync("weak", static function => function.IsRetried = true);

        var first = await engine.Intake.ScheduleAsync(TaskId.New(),
            new()
            {
                FunctionName = "weak",
                Data = System.Text.Json.JsonElement.Parse("""{"n":12345678901234567890}"""),
                Priority = 7,
                Tags = ["a"],
            },
            "507f1f77bcf86cd799439011");
        List<TaskRecord> chain = [first];
        foreach (var wait in new[] { 2, 5, 10 })
        {
            var retried = await engine.ReachesAsync(chain[^1].Id, TaskStates.Retried);
            Assert.Equal(new TaskError(TaskErrorTypes.Runtime, "RangeError", "out of range"), retried.Error);
            var next = (await engine.FindAsync(retried.RetriedByTaskId!.Value))!;
            Assert.Equal(TaskStates.New, next.Status);
            Assert.Equal(retried.StatusChangedTimestamp.AddSeconds(wait), next.StartTimestamp);
            Assert.Equal((first.Data, 7, "507f1f77bcf86cd799439011"), (next.Data, next.Priority, next.CreatedByApplicationId));
            Assert.Equal(["a"], next.Tags);
            Assert.Equal(chain.Select(static task => task.Id), next.RetryForTaskIds);
            chain.Add(next);
            clock.Advance(TimeSpan.FromSeconds(wait));
        }

        var failed = await engine.ReachesAsync(chain[^1].Id, TaskStates.Failed);
        Assert.Null(failed.RetriedByTaskId);
        Assert.Equal(4, invoker.CountOf("weak"));
        Assert.All(chain, task => Assert.Equal(1, invoker.CountOf(task.Id)));
        Assert.Equal(3, engine.Commits.Events.Count(static sent => sent.Type == nameof(TaskRetried)));
        Assert.Single(engine.Commits.Events, static sent => sent.Type == nameof(TaskFailed));
        Assert.Equal("a log", (await engine.Store.LogAsync(chain[1].Id, CancellationToken.None))!.Text);
    }

    [Fact]
    public async Task A_retry_that_succeeds_ends_the_chain()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("once", invoked => invoked.Event.TryGetProperty("retryForTaskIds", out _) ? ScriptedInvoker.Success : s_failure);
        await using var engine = await TestEngine.StartAsync(invoker, clock: clock);
        await engine.ManageAsync("once", static function => function.IsRetried = true);

        var retried = await engine.ReachesAsync((await engine.ScheduleAsync("once")).Id, TaskStates.Retried);
        clock.Advance(TimeSpan.FromSeconds(2));

        await engine.ReachesAsync(retried.RetriedByTaskId!.Value, TaskStates.Complete);
        Assert.DoesNotContain(engine.Commits.Events, static sent => sent.Type == nameof(TaskFailed));
    }

    /// <summary>Whether a retry policy may apply, and whether this one does.</summary>
    [Theory]
    [InlineData("runtime", null, true)]
    [InlineData("runtime", "RangeError", true)]
    [InlineData("runtime", "rangeerror", false)]
    [InlineData("runtime", "Other", false)]
    [InlineData("not invoked", null, true)]
    [InlineData("unknown", null, false)]
    [InlineData("broken", null, false)]
    [InlineData("disabled", null, false)]
    public async Task Only_what_is_known_to_have_failed_is_retried(string outcome, string? errorToRetry, bool isRetried)
    {
        var invoker = new ScriptedInvoker();
        invoker.On("fails", _ => outcome switch
        {
            "runtime" => s_failure,
            "not invoked" => new InvocationResult.NotInvoked("ResourceNotFoundException", "gone"),
            "unknown" => new InvocationResult.Unknown("ConnectionLost", "lost"),
            _ => throw new InvalidOperationException("broken"),
        });
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("fails", function =>
        {
            (function.IsRetried, function.IsEnabled) = (true, outcome != "disabled");
            function.ErrorsToRetry = errorToRetry is null ? [] : [errorToRetry, "Another"];
        });

        var task = await engine.ReachesAsync((await engine.ScheduleAsync("fails")).Id, isRetried ? TaskStates.Retried : TaskStates.Failed);

        Assert.Equal(isRetried, task.RetriedByTaskId is not null);
    }

    [Theory]
    [InlineData("strict:$LATEST")]
    [InlineData("strict:live")]
    [InlineData("111122223333:function:strict")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:strict")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:strict:$LATEST")]
    public async Task Each_name_that_leads_to_a_managed_function_has_its_settings(string name)
    {
        var invoker = new ScriptedInvoker();
        invoker.On(name, static _ => s_failure);
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync(
            "strict", static function => (function.IsRetried, function.DefaultPriority, function.Account) = (true, 12, "111122223333"));

        var retried = await engine.ReachesAsync((await engine.ScheduleAsync(name)).Id, TaskStates.Retried);
        Assert.Equal(12, retried.Priority);
        await engine.ManageAsync("strict", static function => function.IsEnabled = false);
        var failed = await engine.ReachesAsync((await engine.ScheduleAsync(name)).Id, TaskStates.Failed);
        Assert.Equal(TaskErrorNames.FunctionDisabled, failed.Error!.Name);
    }

    [Fact]
    public async Task An_ARN_of_another_account_is_another_function()
    {
        const string Foreign = "arn:aws:lambda:eu-west-1:999988887777:function:strict";
        await using var engine = await TestEngine.StartAsync(new());
        await engine.ManageAsync(
            "strict", static function => (function.IsEnabled, function.DefaultPriority, function.Account) = (false, 12, "111122223333"));

        Assert.Equal(0, (await engine.ReachesAsync((await engine.ScheduleAsync(Foreign)).Id, TaskStates.Complete)).Priority);
    }

    [Fact]
    public async Task Without_a_policy_nothing_is_retried()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("plain", _ => s_failure);
        invoker.On("foreign", _ => s_failure);
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("plain", static _ => { });

        await engine.ReachesAsync((await engine.ScheduleAsync("plain")).Id, TaskStates.Failed);
        await engine.ReachesAsync((await engine.ScheduleAsync("foreign")).Id, TaskStates.Failed);
    }

    [Fact]
    public async Task Tasks_of_a_disabled_function_can_be_scheduled_and_fail_at_their_start_until_it_is_enabled()
    {
        var invoker = new ScriptedInvoker();
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("off", static function => function.IsEnabled = false);

        var failed = await engine.ReachesAsync((await engine.ScheduleAsync("off")).Id, TaskStates.Failed);

        Assert.Equal((TaskErrorTypes.Invocation, TaskErrorNames.FunctionDisabled), (failed.Error!.Type, failed.Error.Name));
        Assert.Equal(0, invoker.CountOf("off"));
        await engine.ManageAsync("off", static function => function.IsEnabled = true);
        await engine.ReachesAsync((await engine.ScheduleAsync("off")).Id, TaskStates.Complete);
        await engine.ManageAsync("off", static function => function.IsEnabled = false);
        await engine.ReachesAsync((await engine.ScheduleAsync("off")).Id, TaskStates.Failed);
    }

    [Fact]
    public async Task A_task_without_a_priority_has_its_functions_however_it_comes()
    {
        await using var engine = await TestEngine.StartAsync(new());
        await engine.ManageAsync("ranked", static function => function.DefaultPriority = -9_007_199_254_740_991);

        var one = await engine.ScheduleAsync("ranked");
        var own = await engine.ScheduleAsync("ranked", priority: 0);
        var many = await engine.Intake.ScheduleAllAsync(
            [new() { FunctionName = "ranked" }, new() { FunctionName = "other" }, new() { FunctionName = "ranked", Priority = 3 }]);
        var sent = TaskId.New();
        await engine.Bus.Publish(new ScheduleTask { TaskId = sent.ToString(), FunctionName = "ranked" });

        Assert.Equal((-9_007_199_254_740_991, 0), (one.Priority, own.Priority));
        Assert.Equal([-9_007_199_254_740_991, 0, 3], many.Select(static task => task.Priority));
        Assert.Equal(-9_007_199_254_740_991, (await engine.ReachesAsync(sent, TaskStates.Complete)).Priority);
        await engine.ManageAsync("ranked", static function => function.DefaultPriority = 4);
        Assert.Equal(4, (await engine.ScheduleAsync("ranked")).Priority);
    }

    [Fact]
    public async Task A_functions_own_time_limit_ends_its_tasks_by_the_worker_and_by_the_saga()
    {
        var (invoker, clock) = (new ScriptedInvoker(), new MovedClock());
        invoker.On("short", async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return ScriptedInvoker.Success;
        });
        var deaf = invoker.Hold("deaf");
        await using var engine = await TestEngine.StartAsync(
            invoker, static options => options.WorkerLease = TimeSpan.FromSeconds(5), clock: clock);
        await engine.ManageAsync("short", static function => function.TimeLimit = 3);
        await engine.ManageAsync("deaf", static function => function.TimeLimit = 40);

        var ended = await engine.ScheduleAsync("short");
        var unheard = await engine.ScheduleAsync("deaf");
        await Eventually.TrueAsync(() => invoker.CountOf("deaf") == 1, "the function runs");
        clock.Pass(TimeSpan.FromSeconds(41) + TaskInvocation.DeadlineMargin(invoker));

        Assert.Equal(TaskErrorNames.TimeLimitExceeded, (await engine.ReachesAsync(unheard.Id, TaskStates.Failed)).Error!.Name);
        Assert.Equal(TaskErrorNames.TimeLimitExceeded, (await engine.ReachesAsync(ended.Id, TaskStates.Failed)).Error!.Name);
        deaf.SetResult(ScriptedInvoker.Success);
    }

    [Fact]
    public void The_servers_own_time_limit_is_never_exceeded()
    {
        FunctionPolicy function = FunctionPolicy.Unmanaged with { TimeLimit = TimeSpan.FromSeconds(60) };

        Assert.Equal(TimeSpan.FromSeconds(60), function.TimeLimitWithin(TimeSpan.FromMinutes(5)));
        Assert.Equal(TimeSpan.FromSeconds(1), function.TimeLimitWithin(TimeSpan.FromSeconds(1)));
        Assert.Equal(TimeSpan.FromMinutes(5), FunctionPolicy.Unmanaged.TimeLimitWithin(TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public async Task Where_only_registered_functions_may_run_others_are_refused_and_new_ones_known_at_once()
    {
        await using var engine = await TestEngine.StartAsync(new(), static options => options.OnlyRegisteredFunctions = true);
        await engine.ManageAsync("known", static _ => { });

        await engine.ReachesAsync((await engine.ScheduleAsync("known")).Id, TaskStates.Complete);
        var refusal = (await Assert.ThrowsAsync<CommandRefusedException>(() => engine.ScheduleAsync("new"))).Refusal;
        Assert.Equal(ErrorCode.ResourceUnknown, refusal.Code);
        Assert.Contains("'new'", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<CommandRefusedException>(
            () => engine.Intake.ScheduleAllAsync([new() { FunctionName = "known" }, new() { FunctionName = "known:alias" }]));

        await engine.ManageAsync("new", static _ => { });
        await engine.ReachesAsync((await engine.ScheduleAsync("new")).Id, TaskStates.Complete);
        Assert.Equal(2, (await engine.Store.FindAsync(RqlQuery.Everything, CancellationToken.None)).Total);
    }
}
