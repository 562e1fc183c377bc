using System.Text.Json;
using TasksBus.Tool;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>What is done to many tasks at once.</summary>
public sealed class BulkCommandTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";
    private const string Query = "in(status,failed)&eq(functionName,resize)";

    private static readonly string[] s_filter = ["--status", "failed", "--function", "resize"];

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task A_dry_run_says_how_many_there_are_and_does_nothing()
    {
        _tool.Api.On("POST bulk", $$"""{"action":"rerun","query":"{{Query}}","matching":1234}""");

        var ran = await _tool.RunAsync(["bulk", "rerun", .. s_filter, "--priority", "-1", "--dry-run"]);

        Assert.Equal((0, "1234\n", ""), (ran.Code, ran.Output, ran.Error));
        var body = JsonElement.Parse(Assert.Single(_tool.Api.Bodies));
        Assert.Equal(
            ("rerun", Query, -1, true),
            (body.GetProperty("action").GetString(), body.GetProperty("query").GetString(), body.GetProperty("priority").GetInt32(),
                body.GetProperty("dryRun").GetBoolean()));
    }

    [Fact]
    public async Task A_script_does_it_without_a_question_and_waits_for_the_end()
    {
        _tool.Api.On("POST bulk", Operation("inProgress", 0))
            .On($"GET bulk/{Id}", Operation("inProgress", 500))
            .On($"GET bulk/{Id}", Operation("complete", 1200));

        var ran = await _tool.RunAsync(["bulk", "rerun", .. s_filter, "--yes"]);

        Assert.Equal((0, "1,200 tasks are scheduled again.\n", ""), (ran.Code, ran.Output, ran.Error));
        Assert.Equal(["POST bulk", $"GET bulk/{Id}", $"GET bulk/{Id}"], _tool.Api.Requests);
        Assert.DoesNotContain("dryRun", _tool.Api.Bodies[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_without_yes_does_nothing()
    {
        _tool.Api.On("POST bulk", """{"matching":3}""");

        var ran = await _tool.RunAsync(["bulk", "cancel", "--tag", "a"]);

        Assert.Equal((ExitCode.Refused, ""), (ran.Code, ran.Output));
        Assert.Contains("--yes", ran.Error, StringComparison.Ordinal);
        Assert.Contains("dryRun", Assert.Single(_tool.Api.Bodies), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("y\n", 0, 2)]
    [InlineData("yes\n", 0, 2)]
    [InlineData("n\n", ExitCode.Refused, 1)]
    [InlineData("\n", ExitCode.Refused, 1)]
    [InlineData("", ExitCode.Refused, 1)]
    public async Task A_person_is_asked(string answer, int code, int calls)
    {
        (_tool.IsInputTerminal, _tool.Input) = (true, answer);
        _tool.Api.On("POST bulk", """{"matching":1234}""").On("POST bulk", Operation("complete", 7));

        var ran = await _tool.RunAsync("bulk", "cancel", "--tag", "a");

        Assert.Equal((code, calls), (ran.Code, _tool.Api.Bodies.Count));
        Assert.StartsWith("Cancel 1,234 tasks? [y/N] ", ran.Error, StringComparison.Ordinal);
        Assert.Equal(code == 0, !ran.Error.Contains("Nothing is done.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_refused_or_stopped_shows_in_the_exit_code()
    {
        _tool.Api.On("POST bulk", Operation("complete", 7, ""","refused":2,"reason":"There is no function 'resize'."}"""))
            .On("POST bulk", Operation("stopped", 7));

        var refused = await _tool.RunAsync("bulk", "rerun", "--tag", "a", "--yes");
        Assert.Equal((ExitCode.Refused, "7 tasks are scheduled again.\n"), (refused.Code, refused.Output));
        Assert.Equal("tasksbus: 2 tasks are refused: There is no function 'resize'.\n", refused.Error);

        var stopped = await _tool.RunAsync("bulk", "rerun", "--tag", "a", "--yes");
        Assert.Equal(ExitCode.Refused, stopped.Code);
        Assert.Equal($"tasksbus: The bulk operation {Id} was stopped before its end.\n", stopped.Error);
    }

    [Fact]
    public async Task While_the_server_is_away_it_waits_and_is_made_once()
    {
        _tool.Api.Refuse("POST bulk", 503, 4).On("POST bulk", Operation("inProgress", 0))
            .Refuse($"GET bulk/{Id}", 503, 4).On($"GET bulk/{Id}", Operation("complete", 1));

        var ran = await _tool.RunAsync("bulk", "rerun", "--tag", "a", "--yes");

        Assert.Equal((0, "1 tasks are scheduled again.\n"), (ran.Code, ran.Output));
        Assert.Single(_tool.Api.Bodies.Select(static body => JsonElement.Parse(body).GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task A_failure_while_it_waits_says_that_the_server_goes_on()
    {
        _tool.Api.On("POST bulk", Operation("inProgress", 0)).Refuse($"GET bulk/{Id}", 401, 10);

        var ran = await _tool.RunAsync("bulk", "rerun", "--tag", "a", "--yes");

        Assert.Equal(ExitCode.NotAllowed, ran.Code);
        Assert.Contains($"tasksbus bulk stop {Id}", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_it_writes_the_id()
    {
        _tool.Api.On("POST bulk", Operation("inProgress", 0));
        Assert.Equal($"{Id}\n", (await _tool.RunAsync("bulk", "cancel", "--tag", "a", "--yes", "--detach")).Output);
    }

    [Fact]
    public async Task Without_a_filter_it_asks_for_one()
    {
        var ran = await _tool.RunAsync("bulk", "rerun", "--yes");
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Contains("tasksbus bulk rerun --function", ran.Error, StringComparison.Ordinal);
        Assert.Empty(_tool.Api.Requests);
    }

    [Fact]
    public async Task Operations_are_listed_shown_waited_for_and_stopped()
    {
        _tool.Api.On("GET bulk", $$"""{"data":[{{Operation("stopped", 7)}}]}""")
            .On($"GET bulk/{Id}", Operation("complete", 7))
            .On($"POST bulk/{Id}/stop", """{"affectedRecords":1}""")
            .On($"POST bulk/{Id}/stop", """{"affectedRecords":0}""");

        Assert.Equal($"{Id}\tstopped\trerun\t7\t1200\t\t{Query}\n", (await _tool.RunAsync("bulk", "list")).Output);
        Assert.Contains("affected\t7", (await _tool.RunAsync("bulk", "show", Id)).Lines);
        Assert.Equal("7 tasks are scheduled again.\n", (await _tool.RunAsync("bulk", "wait", Id)).Output);
        Assert.Equal($"The bulk operation {Id} is stopped.\n", (await _tool.RunAsync("bulk", "stop", Id)).Error);
        Assert.Equal($"The bulk operation {Id} had ended before.\n", (await _tool.RunAsync("bulk", "stop", Id)).Error);
    }

    private static string Operation(string status, int affected, string end = "}") =>
        $$"""{"id":"{{Id}}","action":"rerun","query":"{{Query}}","status":"{{status}}","matching":1200,"affected":{{affected}}""" + end;
}
