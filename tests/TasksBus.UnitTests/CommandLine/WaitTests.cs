using Microsoft.Extensions.Time.Testing;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary><c>wait</c>: what it writes of one task and of several, and how patient it is.</summary>
public sealed class WaitTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";
    private const string Other = "507f1f77bcf86cd799439012";
    private const string Unknown = "507f1f77bcf86cd799439019";

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("complete", 0)]
    [InlineData("failed", 3)]
    [InlineData("canceled", 4)]
    public async Task A_wait_tells_how_the_task_ended(string status, int code)
    {
        var task =
            $$"""{"id":"{{Id}}","status":"{{status}}","functionName":"hello","error":{"type":"runtime","name":"E","message":"m"} }""";
        _tool.Api.On($"GET {Id}/end", task);

        var ran = await _tool.RunAsync("wait", Id);

        Assert.Equal((code, $"{Id}\t{status}\thello\tE: m\n"), (ran.Code, ran.Output));
        ran = await _tool.RunAsync("wait", Id, "--json");
        Assert.Equal((code, $"{task}\n"), (ran.Code, ran.Output));
    }

    [Fact]
    public async Task A_wait_for_several_tells_of_the_worst()
    {
        foreach (var (id, status) in new[] { ("507f1f77bcf86cd799439001", "complete"), ("507f1f77bcf86cd799439002", "canceled"),
            ("507f1f77bcf86cd799439003", "failed") })
        {
            _tool.Api.On($"GET {id}/end", Of(id, status));
        }

        Assert.Equal(4, (await _tool.RunAsync("wait", "507f1f77bcf86cd799439001", "507f1f77bcf86cd799439002")).Code);
        Assert.Equal(
            3, (await _tool.RunAsync("wait", "507f1f77bcf86cd799439002", "507f1f77bcf86cd799439003", "507f1f77bcf86cd799439001")).Code);
    }

    [Fact]
    public async Task A_wait_whose_time_is_over_has_a_code_of_its_own()
    {
        _tool.Api.On($"GET {Id}/end", Of(Id, "new"));

        var ran = await _tool.RunAsync("wait", Id, "--timeout", "1s");

        Assert.Equal((5, $"{Id}\ttimedOut\t\t\n"), (ran.Code, ran.Output));
    }

    [Theory]
    [InlineData(Unknown, Id, Other)]
    [InlineData(Id, Unknown, Other)]
    [InlineData(Id, Other, Unknown)]
    public async Task A_task_that_is_unknown_loses_no_other(params string[] ids)
    {
        _tool.Api.On($"GET {Id}/end", Of(Id, "complete")).On($"GET {Other}/end", Of(Other, "failed"));

        var ran = await _tool.RunAsync(["wait", .. ids]);

        Assert.Equal(6, ran.Code);
        Assert.Equal(
            [
                $"{Id}\tcomplete\thello\t", $"{Other}\tfailed\thello\t",
                $"{Unknown}\tunknown\t\tThere is no {Unknown}/end.",
            ],
            ran.Lines.Order());
        Assert.Equal($"tasksbus: There is no {Unknown}/end.\n", ran.Error);
        ran = await _tool.RunAsync(["wait", "--json", .. ids]);
        Assert.Equal((6, $"tasksbus: There is no {Unknown}/end.\n"), (ran.Code, ran.Error));
        Assert.Equal([Of(Id, "complete"), Of(Other, "failed")], ran.Lines.Order());
    }

    [Fact]
    public async Task JSON_has_each_task_once_and_only_when_it_has_ended()
    {
        _tool.Api.On($"GET {Id}/end", $$"""{"id":"{{Id}}","status":"retried","retriedByTaskId":"{{Other}}"}""")
            .On($"GET {Other}/end", Of(Other, "new"))
            .On($"GET {Other}/end", Of(Other, "complete"))
            .On($"GET {Unknown}/end", Of(Unknown, "inProgress"));

        var ran = await _tool.RunAsync("wait", Id, Other, Unknown, "--json", "--timeout", "3s");

        Assert.Equal((5, $"{Of(Other, "complete")}\n"), (ran.Code, ran.Output));
        Assert.Equal($"tasksbus: The task {Unknown} has not ended in time.\n", ran.Error);
    }

    [Fact]
    public async Task A_server_that_is_away_is_asked_again_from_the_first_request_on()
    {
        _tool.Api.Refuse($"GET {Id}/end", 503, 4, message: "It starts.").Refuse($"GET {Id}/end", 502, 0)
            .On($"GET {Id}/end", Of(Id, "new"))
            .Refuse($"GET {Id}/end", 503, 4)
            .On($"GET {Id}/end", Of(Id, "complete"));
        FakeTimeProvider time = new();
        _tool.Time = time;

        var ran = await WithTimeAsync(time, _tool.RunAsync("wait", Id, "--json"));

        Assert.Equal((0, $"{Of(Id, "complete")}\n"), (ran.Code, ran.Output));
        Assert.Equal("tasksbus: warning: It starts. It is tried again.\n", ran.Error);
    }

    [Theory]
    [InlineData(300)]
    [InlineData(20, "--timeout", "20s")]
    public async Task A_server_that_stays_away_ends_the_wait_after_five_minutes_or_the_timeout(int seconds, params string[] options)
    {
        FakeTimeProvider time = new();
        _tool.Time = time;
        _tool.Api.IsAway = true;
        var begun = time.GetUtcNow();

        var ran = await WithTimeAsync(time, _tool.RunAsync(["wait", Id, Other, .. options]));

        Assert.Equal(8, ran.Code);
        Assert.InRange((time.GetUtcNow() - begun).TotalSeconds, seconds - 10, seconds + 5);
        Assert.Equal(
            [
                "tasksbus: warning: http://localhost:8080/ is not reached: Connection refused. Look whether a server runs there. --server, "
                    + "TASKSBUS_SERVER or a profile name another. It is tried again.",
                "tasksbus: http://localhost:8080/ is not reached: Connection refused. Look whether a server runs there. --server, "
                    + "TASKSBUS_SERVER or a profile name another.",
            ],
            ran.Error.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task A_key_that_may_not_see_the_tasks_ends_the_wait_at_once()
    {
        _tool.Api.Refuse($"GET {Id}/end", 401, 10, message: "You may not.");

        var ran = await _tool.RunAsync(["wait", .. Enumerable.Repeat(Id, 2_000)]);

        Assert.Equal((7, "tasksbus: You may not.\n"), (ran.Code, ran.Error));
        Assert.True(_tool.Api.Requests.Count <= 256, $"{_tool.Api.Requests.Count} requests");
    }

    private static string Of(string id, string status) => $$"""{"id":"{{id}}","status":"{{status}}","functionName":"hello"}""";

    /// <summary>Lets time pass until a command has ended.</summary>
    private static async Task<Ran> WithTimeAsync(FakeTimeProvider time, Task<Ran> running)
    {
        await Eventually.TrueAsync(
            () =>
            {
                if (!running.IsCompleted)
                {
                    time.Advance(TimeSpan.FromSeconds(1));
                }

                return running.IsCompleted;
            }, "the command has ended");
        return await running;
    }
}
