using System.CommandLine;
using TasksBus.Tool.Commands;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>The texts of <c>--help</c>, and what shells complete.</summary>
public sealed class HelpTests : IDisposable
{
    private const int Width = 100;

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Fact]
    public void The_help_of_every_command_is_as_it_was() =>
        Snapshot.Matches(
            "tests/TasksBus.UnitTests/CommandLine/help.txt",
            string.Join("\n----\n", All(Root()).Select(static command => HelpText.Of(command, Width))));

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    public void Help_fits_its_width_except_for_examples(int width) =>
        Assert.All(
            All(Root()).SelectMany(command => HelpText.Of(command, width).Split("\nExamples:")[0].Split('\n')),
            line => Assert.True(line.Length <= width || line.TrimStart().StartsWith("Usage", StringComparison.Ordinal), line));

    [Fact]
    public void Every_command_has_a_description_that_is_a_sentence_and_every_option_one_that_is_not() =>
        Assert.All(All(Root()), static command =>
        {
            Assert.EndsWith(".", command.Description, StringComparison.Ordinal);
            Assert.All(
                command.Options.Where(static option => option.Name is not ("--help" or "--version")),
                static option => Assert.False(string.IsNullOrEmpty(option.Description) || option.Description.EndsWith('.'), option.Name));
        });

    [Fact]
    public async Task Help_and_version_need_no_server()
    {
        _tool.Api.IsAway = true;

        Assert.StartsWith("tasksbus works with", (await _tool.RunAsync("--help")).Output, StringComparison.Ordinal);
        Assert.Contains("Examples:", (await _tool.RunAsync("schedule", "--help")).Output, StringComparison.Ordinal);
        Assert.Matches(@"\A\d+\.\d+\.\d+", (await _tool.RunAsync("--version")).Output);
        Assert.Contains("--new-api-key", (await _tool.RunAsync("keys")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tasksbus sch", "schedule", "schedules")]
    [InlineData("/usr/bin/tasksbus functions ", "disable", "enable", "list", "pool", "show")]
    [InlineData("tasksbus list --st", "--status")]
    [InlineData("tasksbus list --status ca", "canceled")]
    [InlineData("tasksbus list --profile p", "prod")]
    [InlineData("tasksbus profile use p", "prod")]
    [InlineData("tasksbus completion ", "bash", "fish", "zsh")]
    [InlineData("tasksbus nothing")]
    public async Task Words_are_completed(string line, params string[] words)
    {
        await _tool.RunAsync("profile", "set", "prod", "--server", "https://tasks.example");

        var ran = await _tool.RunAsync("complete", "--", line);

        Assert.Equal(0, ran.Code);
        Assert.Equal(words, ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _tasksbus tasksbus")]
    [InlineData("zsh", "compdef _tasksbus tasksbus")]
    [InlineData("fish", "complete -c tasksbus")]
    public async Task Each_shell_gets_its_script(string shell, string text) =>
        Assert.Contains(text, (await _tool.RunAsync("completion", shell)).Output, StringComparison.Ordinal);

    private RootCommand Root() => TasksBus.Tool.Tool.Root(_tool.Around(TextWriter.Null, TextWriter.Null));

    private static IEnumerable<Command> All(Command command) =>
        command.Hidden ? [] : command.Subcommands.SelectMany(All).Prepend(command);
}
