using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>What <c>doctor</c> finds on the way to the server, and how it passes on what the server finds.</summary>
public sealed class DoctorTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ToolRun _tool = new() { Time = new FakeTimeProvider(s_now) };

    public DoctorTests() => _tool.Api.On("GET /health/live", "ok").On("GET /health/ready", "ok");

    public void Dispose() => _tool.Dispose();

    [Fact]
    public async Task All_is_well()
    {
        Answer(s_now, """{"checks":[{"name":"leader","state":"ok","text":"It leads."}]}""");

        var ran = await _tool.RunAsync("doctor");

        Assert.Equal(0, ran.Code);
        Assert.Equal(
            ["server", "connection", "readiness", "authentication", "clocks", "versions", "leader"],
            ran.Lines.Select(static line => line.Split('\t')[1]));
        Assert.All(ran.Lines, static line => Assert.StartsWith("ok\t", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, "ok", "1.0 s behind")]
    [InlineData(10, "warning", "10.0 s behind")]
    [InlineData(-10, "warning", "10.0 s ahead of")]
    [InlineData(600, "failed", "600.0 s behind")]
    public async Task Clocks_that_differ_are_noticed(int seconds, string state, string text)
    {
        Answer(s_now.AddSeconds(seconds), """{"checks":[]}""");

        var ran = await _tool.RunAsync("doctor");

        var clocks = Assert.Single(ran.Lines, static line => line.Contains("\tclocks\t", StringComparison.Ordinal));
        Assert.StartsWith(state, clocks, StringComparison.Ordinal);
        Assert.Contains(text, clocks, StringComparison.Ordinal);
        Assert.Equal(state == "failed" ? 9 : 0, ran.Code);
    }

    [Fact]
    public async Task What_the_server_finds_is_passed_on_and_a_failure_has_a_code()
    {
        Answer(s_now, """{"checks":[{"name":"pool gpu","state":"failed","text":"No worker [red].","mend":"Start one."}]}""");

        var ran = await _tool.RunAsync("doctor", "--json");

        Assert.Equal(9, ran.Code);
        var check = JsonElement.Parse(ran.Output).GetProperty("checks").EnumerateArray().Last();
        Assert.Equal("""{"name":"pool gpu","state":"failed","text":"No worker [red].","mend":"Start one."}""", check.GetRawText());

        _tool.IsTerminal = true;
        var shown = (await _tool.RunAsync("doctor")).Output;
        Assert.Contains("No worker [red].", shown, StringComparison.Ordinal);
        Assert.Contains("Start one.", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_ends_the_examination()
    {
        _tool.Api.IsAway = true;

        var ran = await _tool.RunAsync("doctor");

        Assert.Equal((9, 2), (ran.Code, ran.Lines.Length));
        Assert.StartsWith("failed\tconnection\t", ran.Lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, 104, "failed\tauthentication", 9, "See 'tasksbus keys'")]
    [InlineData(401, 10, "warning\tauthentication", 0, "VIEW_SYSTEM_STATUS")]
    [InlineData(503, 4, "failed\tstatus", 9, "Repair what the readiness above names")]
    [InlineData(500, 1, "failed\tstatus", 9, "Look at the server's log")]
    public async Task A_refused_status_says_what_the_key_or_the_server_lacks(int status, int error, string start, int code, string mend)
    {
        _tool.Api.Refuse("GET status", status, error);

        var ran = await _tool.RunAsync("doctor");

        Assert.Equal(code, ran.Code);
        Assert.StartsWith(start, ran.Lines[^1], StringComparison.Ordinal);
        Assert.Contains(mend, ran.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_server_and_workers_of_two_versions_are_warned_of()
    {
        _tool.Api.On("GET status", $$"""{"timestamp":"2030-01-01T12:00:00.000Z","workers":[{"version":"1.0.0"},{"version":"1.1.0"}]}""")
            .Refuse("GET checks", 404, 16);

        var ran = await _tool.RunAsync("doctor");

        Assert.Equal(0, ran.Code);
        Assert.Contains(ran.Lines, static line => line.StartsWith("warning\tversions\t", StringComparison.Ordinal));
        Assert.StartsWith("warning\tchecks\t", ran.Lines[^1], StringComparison.Ordinal);
    }

    private void Answer(DateTimeOffset time, string checks) =>
        _tool.Api.On("GET status", $$"""{"timestamp":"{{time:yyyy-MM-ddTHH:mm:ss.fffZ}}","workers":[]}""").On("GET checks", checks);
}
