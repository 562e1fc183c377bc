using System.Text.Json;
using TasksBus.Tool.Output;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>What is shown on a terminal and on a pipe, and what of it no terminal may interpret.</summary>
public sealed class RenderingTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("plain [red]text[/]", "plain [red]text[/]")]
    [InlineData("\u001b[31mred\u0007", "\\u001B[31mred\\u0007")]
    [InlineData("\u009b2J\u007f", "\\u009B2J\\u007F")]
    [InlineData("a\tb\r\nc", "a\\tb\\r\\nc")]
    [InlineData("\u202egnp.exe \u2066x", "\\u202Egnp.exe \\u2066x")]
    [InlineData("whole \ud83d\ude00 café", "whole \ud83d\ude00 café")]
    public void Control_characters_are_written_as_escapes(string text, string safe) => Assert.Equal(safe, SafeText.Of(text));

    /// <summary>No attribute can hold it.</summary>
    [Fact]
    public void Half_of_a_surrogate_pair_is_written_as_an_escape() => Assert.Equal("half \\uD83D", SafeText.Of("half \ud83d"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stored_text_is_never_interpreted(bool isTerminal)
    {
        (_tool.IsTerminal, _tool.Width) = (isTerminal, 300);
        _tool.Variables["NO_COLOR"] = "1";
        _tool.Api.On("GET ", ListOf("""
            {"id":"507f1f77bcf86cd799439011","status":"failed","functionName":"[red]x[/]","priority":0,
             "tags":["[bold","\u001b]0;title\u0007"],"startTimestamp":"2026-01-01T00:00:00.000Z",
             "error":{"type":"runtime","name":"\u001b[2J","message":"two\nlines\tand [/] more"}}
            """));

        var ran = await _tool.RunAsync("list");

        Assert.Equal(0, ran.Code);
        Assert.Contains("[red]x[/]", ran.Output, StringComparison.Ordinal);
        Assert.Contains("\\u001B]0;title\\u0007", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b]0;", ran.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b[2J", ran.Output, StringComparison.Ordinal);
        Assert.Equal(isTerminal ? 2 : 1, ran.Lines.Length);
    }

    [Fact]
    public async Task A_pipe_gets_lines_with_tabs_and_no_head()
    {
        _tool.Api.On("GET ", ListOf(TaskOf("hello", "complete")));

        var ran = await _tool.RunAsync("list");

        Assert.Equal($"{Id}\tcomplete\thello\t2026-01-01T00:00:00.123Z\t5\ta,b\t\n", ran.Output);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task A_terminal_gets_a_head_whole_seconds_and_a_summary()
    {
        (_tool.IsTerminal, _tool.Variables["NO_COLOR"]) = (true, "1");
        _tool.Api.On("GET ", ListOf(TaskOf("hello", "complete")));

        var ran = await _tool.RunAsync("list");

        Assert.Matches("ID +STATUS +FUNCTION +START +PRIORITY +TAGS +ERROR", ran.Lines[0]);
        Assert.Contains("2026-01-01T00:00:00Z", ran.Lines[1], StringComparison.Ordinal);
        Assert.Equal("1 to 1 of 1.\n", ran.Error);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(80)]
    [InlineData(40)]
    [InlineData(24)]
    public async Task No_line_is_wider_than_the_terminal(int width)
    {
        (_tool.IsTerminal, _tool.Width, _tool.Variables["NO_COLOR"]) = (true, width, "1");
        _tool.Api.On("GET ", ListOf(TaskOf(new string('f', 90), "inProgress")));

        var ran = await _tool.RunAsync("list");

        Assert.Equal(2, ran.Lines.Length);
        Assert.All(ran.Lines, line => Assert.True(line.TrimEnd().Length <= width, line));
        // The id is never cut.
        Assert.StartsWith(Id, ran.Lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Colours_are_shown_unless_they_are_not_wanted()
    {
        _tool.IsTerminal = true;
        _tool.Api.On("GET ", ListOf(TaskOf("hello", "failed")));
        Assert.Contains("\u001b[", (await _tool.RunAsync("list")).Output, StringComparison.Ordinal);

        _tool.Variables["NO_COLOR"] = "1";
        Assert.DoesNotContain("\u001b[3", (await _tool.RunAsync("list")).Output, StringComparison.Ordinal);

        (_tool.Variables["NO_COLOR"], _tool.Variables["TERM"]) = ("", "dumb");
        Assert.DoesNotContain("\u001b", (await _tool.RunAsync("list")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_is_the_servers_own_text()
    {
        const string Task = """{"id":"507f1f77bcf86cd799439011","status":"complete","big":12345678901234567890.10,"new":[1e400]}""";
        _tool.Api.On($"GET {Id}", Task);

        Assert.Equal($"{Task}\n", (await _tool.RunAsync("show", Id, "--json")).Output);
    }

    [Fact]
    public async Task Json_on_a_terminal_has_no_control_characters_and_is_the_same_json()
    {
        _tool.IsTerminal = true;
        _tool.Api.On($"GET {Id}", "{\"id\":\"507f1f77bcf86cd799439011\",\"data\":{\"x\":\"\u009b2J\"}}");

        var output = (await _tool.RunAsync("show", Id, "--json")).Output;

        Assert.DoesNotContain('\u009b', output);
        Assert.Equal("\u009b2J", JsonElement.Parse(output).GetProperty("data").GetProperty("x").GetString());
    }

    [Fact]
    public async Task Everything_about_a_task_is_shown_with_why_it_waits()
    {
        _tool.Api
            .On(
                $"GET {Id}",
                """{"id":"507f1f77bcf86cd799439011","status":"new","functionName":"hello","priority":0,"tags":[],"data":{"n":1}}""")
            .On(
                $"GET {Id}/state",
                """{"id":"x","status":"new","wait":{"reason":"noWorker","message":"No worker is alive.","pool":"gpu","ahead":3}}""");

        Assert.Equal(
            [
                $"id\t{Id}", "status\tnew", "functionName\thello", "priority\t0", "waits\tnoWorker: No worker is alive.", "pool\tgpu",
                "ahead\t3", "data\t{\\n  \"n\": 1\\n}",
            ],
            (await _tool.RunAsync("show", Id)).Lines);
    }

    [Fact]
    public async Task Logs_on_a_pipe_are_the_functions_own_text()
    {
        _tool.Api.On(
            $"GET {Id}/logs", """{"page":{},"data":[{"message":"a\tb \u001b[1m","timestamp":"2026-01-01T00:00:00.000Z"}]}""");

        Assert.Equal("a\tb \u001b[1m\n", (await _tool.RunAsync("logs", Id)).Output);

        _tool.IsTerminal = true;
        Assert.Equal("2026-01-01T00:00:00.000Z a\tb \\u001B[1m\n", (await _tool.RunAsync("logs", Id, "--times")).Output);
    }

    private static string ListOf(string task) => $$"""{"query":"{}","page":{"total":1,"offset":0,"limit":20},"data":[{{task}}]}""";

    private static string TaskOf(string function, string status) =>
        $$"""
        {"id":"{{Id}}","status":"{{status}}","functionName":"{{function}}","startTimestamp":"2026-01-01T00:00:00.123Z","priority":5,
         "tags":["a","b"]}
        """;
}
