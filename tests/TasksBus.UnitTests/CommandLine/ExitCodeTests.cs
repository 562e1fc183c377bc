using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>What scripts learn from the exit code, and people from the message.</summary>
public sealed class ExitCodeTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData(400, 19, 2)]
    [InlineData(401, 104, 7)]
    [InlineData(401, 117, 7)]
    [InlineData(401, 10, 7)]
    [InlineData(404, 16, 6)]
    [InlineData(503, 4, 8)]
    [InlineData(500, 1, 1)]
    public async Task A_refusal_has_the_code_of_its_kind_and_the_servers_words(int status, int error, int code)
    {
        _tool.Api.Refuse($"GET {Id}", status, error, message: "So it is.");

        var ran = await _tool.RunAsync("show", Id);

        Assert.Equal((code, ""), (ran.Code, ran.Output));
        Assert.StartsWith("tasksbus: So it is.", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION", 7)]
    [InlineData(400, 15, "FIELD_FORMAT_EXCEPTION", 2)]
    [InlineData(404, 16, "RESOURCE_UNKNOWN_EXCEPTION", 6)]
    public async Task The_clients_refusals_have_the_same_codes(int status, int error, string name, int code)
    {
        _tool.Api.Refuse("POST ", status, error, name, "So it is.");

        var ran = await _tool.RunAsync("schedule", "hello");

        Assert.Equal(code, ran.Code);
        Assert.StartsWith("tasksbus: So it is.", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_named_with_how_to_name_another()
    {
        _tool.Api.IsAway = true;

        foreach (var args in new[] { ["list"], ["schedule", "hello", "--lines", "-"], new[] { "logs", Id } })
        {
            var ran = await _tool.RunAsync(args);
            Assert.Equal(8, ran.Code);
            Assert.Equal(
                "tasksbus: http://localhost:8080/ is not reached: Connection refused. Look whether a server runs there. --server, "
                    + "TASKSBUS_SERVER or a profile name another.\n", ran.Error);
        }
    }

    [Theory]
    [InlineData("'lst' is no command of 'tasksbus'. Did you mean list?", "lst")]
    [InlineData("'tasksbus' needs a command: schedule, list,")]
    [InlineData("--stats is no option of 'tasksbus list'. Did you mean --status?", "list", "--stats", "new")]
    [InlineData("'tasksbus show' needs ID.", "show")]
    [InlineData("'x' is one argument too many for 'tasksbus show'.", "show", Id, "x")]
    [InlineData("--limit does not take this value; it takes N.", "list", "--limit", "many")]
    [InlineData("--timeout needs a value.", "wait", Id, "--timeout")]
    [InlineData("--timeout takes a span of time, such as 30s, 10m, 1h30m or 7d.", "wait", Id, "--timeout", "5 minutes")]
    [InlineData("--at takes a timestamp such as 2030-01-01T08:00:00Z, or a span from now", "schedule", "a", "--at", "soon")]
    [InlineData("'done' is no status. There are: new, inProgress", "list", "--status", "done")]
    [InlineData("'5' is no id: an id has 24 hex digits.", "cancel", "5")]
    [InlineData("This is no JSON: character", "schedule", "hello", "{name:1}")]
    [InlineData("data must be a JSON object; got 5.", "schedule", "hello", "5")]
    [InlineData("Name a function", "schedule")]
    [InlineData("functionName must be the name", "schedule", "no name")]
    [InlineData("--lines excludes DATA", "schedule", "hello", "{}", "--lines", "-")]
    [InlineData("'tasksbus functions' needs a command: list, show", "functions")]
    [InlineData("There are scripts for bash, zsh and fish.", "completion", "tcsh")]
    public async Task A_wrong_command_line_is_explained(string text, params string[] args)
    {
        var ran = await _tool.RunAsync(args);

        Assert.Equal((2, ""), (ran.Code, ran.Output));
        Assert.Contains(text, ran.Error, StringComparison.Ordinal);
        Assert.Empty(_tool.Api.Requests);
    }

    [Fact]
    public async Task What_is_no_TasksBus_is_recognized()
    {
        _tool.Api.On("GET ", "<html>", System.Net.HttpStatusCode.OK);
        Assert.Contains("is the address right?", (await _tool.RunAsync("list")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interrupt_ends_the_command_with_its_code()
    {
        using CancellationTokenSource interrupt = new();
        using StringWriter output = new();
        _tool.Api.On("GET status", """{"timestamp":"2030-01-01T08:00:00.000Z"}""");
        var running = TasksBus.Tool.Tool.RunAsync(["watch"], _tool.Around(output, output), interrupt.Token);
        await interrupt.CancelAsync();

        Assert.Equal(130, await running);
        Assert.DoesNotContain("xception", output.ToString(), StringComparison.Ordinal);
    }
}
