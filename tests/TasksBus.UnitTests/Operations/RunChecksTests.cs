using TasksBus.Operations;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Operations;

/// <summary>What is said of functions that do not run, and of workers that are lost.</summary>
public sealed class RunChecksTests
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0, 4, "warning", "so its tasks fail at their start: 0 in the last 10 min, and soon 4 that wait.")]
    [InlineData(1, 1_000, "failed", "so its tasks fail at their start: 1 in the last 10 min, and soon at least 1,000 that wait.")]
    [InlineData(1, 0, "failed", "The function 'greet' is disabled, ")]
    public void A_disabled_function_is_named_if_tasks_suffer(int failed, int waiting, string state, string text)
    {
        var check = Assert.Single(Bad(new(
            [], failed > 0 ? [new("greet:$LATEST", "FunctionDisabled", failed, s_now)] : [], [new("greet", waiting), new("idle", 0)])));

        Assert.Equal(("function greet", state), (check.Name, check.State));
        Assert.Contains(text, check.Text, StringComparison.Ordinal);
        Assert.Contains("tasksbus functions enable greet", check.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_that_failed_while_their_function_was_disabled_are_no_fault_once_it_is_enabled() =>
        Assert.Empty(Bad(new([], [new("greet", "FunctionDisabled", 3, s_now)], [])));

    [Fact]
    public void A_function_that_is_refused_is_named_with_what_to_do()
    {
        var check = Assert.Single(Bad(new([], [new("greet", "AccessDeniedException", 7, s_now.AddSeconds(-5))], [])));

        Assert.Equal(("function greet", "failed"), (check.Name, check.State));
        Assert.Equal(
            "7 tasks of 'greet' failed in the last 10 min without being run: AccessDeniedException, the last 5 s ago.", check.Text);
        Assert.Equal(
            "Allow the credentials of the workers lambda:InvokeFunction on it, as ops/iam/invoke.json does. Then rerun them: tasksbus bulk "
                + "rerun --status failed --rql error.name=AccessDeniedException", check.Mend);
    }

    [Fact]
    public void One_reason_for_many_functions_is_one_fault()
    {
        var check = Assert.Single(Bad(new(
            [], [.. "abcde".Select(static name => new FailedTasks($"{name}", "ResourceNotFoundException", 2, s_now))], [])));

        Assert.Equal("functions", check.Name);
        Assert.StartsWith("10 tasks of 'a', 'b', 'c' and 2 other functions failed", check.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("TooManyRequestsException", 1, "warning", "Raise the concurrency of the function")]
    [InlineData("ThrottlingException", 1, "warning", "Raise the concurrency of the function")]
    [InlineData("EC2ThrottledException", 1, "warning", "Raise the concurrency of the function")]
    [InlineData("Http429", 1, "warning", "Raise the concurrency of the function")]
    [InlineData("SnapStartNotReadyException", 1, "warning", "Wait: the function is being created, changed or woken up")]
    [InlineData("ConnectionFailed", 11, "failed", "Look whether the workers reach Lambda's endpoint")]
    [InlineData("", 1, "warning", "The error of one of them says what to do")]
    public void Tasks_that_are_put_off_are_counted_with_their_reason(string error, int minutes, string state, string mend)
    {
        var check = Assert.Single(Bad(new([new("greet", error, 12, 5, s_now.AddMinutes(-minutes))], [], [])));

        Assert.Equal(("function greet", state), (check.Name, check.State));
        Assert.Equal(
            $"12 tasks of 'greet' could not be run yet{(error.Length > 0 ? $": {error}" : "")}, in up to 5 tries and "
                + $"{(minutes == 1 ? "60 s" : "11 min")}.", check.Text);
        Assert.StartsWith(mend, check.Mend, StringComparison.Ordinal);
    }

    [Fact]
    public void Tasks_that_were_lost_with_their_worker_are_said_beside_the_functions()
    {
        var checks = RunChecks.Of(new([], [new("greet", "zombieTaskCleaned", 1, s_now.AddMinutes(-2))], []), s_now);

        Assert.Equal([("functions", "ok"), ("workers", "warning")], checks.Select(static check => (check.Name, check.State)));
        Assert.StartsWith(
            "1 task of 'greet' failed as zombieTaskCleaned in the last 10 min, the last 2 min ago: the worker was killed", checks[1].Text,
            StringComparison.Ordinal);
    }

    private static IEnumerable<SystemCheck> Bad(RunTroubles runs) =>
        RunChecks.Of(runs, s_now).Where(static check => check.State != SystemCheck.Ok);
}
