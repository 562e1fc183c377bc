using TasksBus.Tool;
using TasksBus.Tool.Output;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>Commands whose output nobody reads any more. What a pipe does is tested end to end.</summary>
public sealed class ClosedOutputTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("watch", "--interval", "0s")]
    [InlineData("watch", "--interval", "0s", "--json")]
    [InlineData("list")]
    [InlineData("cancel", Id)]
    [InlineData("wait", Id, Id, "--json")]
    [InlineData("--help")]
    [InlineData("--version")]
    public async Task The_next_line_ends_a_command_without_a_word(params string[] args)
    {
        _tool.Api.On("GET status", """{"timestamp":"2030-01-01T08:00:00.000Z"}""")
            .On("GET ", $$"""{"page":{"offset":0,"limit":20},"data":[{"id":"{{Id}}"}]}""")
            .On($"GET {Id}/end", $$"""{"id":"{{Id}}","status":"complete"}""")
            .On($"POST {Id}/cancel", """{"affectedRecords":1}""");
        using ClosedWriter output = new();
        using StringWriter error = new();

        var code = await TasksBus.Tool.Tool.RunAsync(args, _tool.Around(output, error));

        Assert.Equal((141, ""), (code, error.ToString()));
    }

    [Theory]
    [InlineData("watch", "--interval", "1h")]
    [InlineData("watch", Id, "--interval", "1h")]
    public async Task A_command_that_changes_nothing_ends_also_between_two_lines(params string[] args)
    {
        _tool.Api.On("GET status", """{"timestamp":"2030-01-01T08:00:00.000Z"}""")
            .On($"GET {Id}", $$"""{"id":"{{Id}}","status":"new"}""")
            .On($"GET {Id}/state", "{}");
        using CancellationTokenSource unread = new();
        using StringWriter output = new();
        using StringWriter error = new();
        var running = TasksBus.Tool.Tool.RunAsync(args, _tool.Around(output, error) with { Unread = () => unread.Token });
        await Eventually.TrueAsync(() => output.ToString().Contains('\n', StringComparison.Ordinal), "a line is written");

        await unread.CancelAsync();

        Assert.Equal((141, ""), (await running, error.ToString()));
    }

    [Fact]
    public async Task A_command_that_changes_something_does_it_whoever_reads()
    {
        _tool.Api.On($"POST {Id}/cancel", """{"affectedRecords":1}""");
        using StringWriter output = new();
        var around = _tool.Around(output, output) with { Unread = static () => new(canceled: true) };

        Assert.Equal(0, await TasksBus.Tool.Tool.RunAsync(["cancel", Id], around));
        Assert.Equal([$"POST {Id}/cancel"], _tool.Api.Requests);
    }

    private sealed class ClosedWriter : StringWriter
    {
        public override void Write(char value) => throw new OutputClosedException();

        public override void Write(string? value) => throw new OutputClosedException();

        public override void WriteLine(string? value) => throw new OutputClosedException();
    }
}
