using System.CommandLine;

namespace TasksBus.Tool.Commands;

/// <summary>One of the commands below another, given by what it does.</summary>
internal sealed class PartCommand : ToolCommand
{
    private readonly Func<ParseResult, Session, CancellationToken, Task<int>> _act;

    public PartCommand(
        string name, string description, Stage stage, IEnumerable<Argument> arguments, IEnumerable<Option> options,
        Func<ParseResult, Session, CancellationToken, Task<int>> act)
        : base(name, description, stage)
    {
        _act = act;
        foreach (var argument in arguments)
        {
            Arguments.Add(argument);
        }

        foreach (var option in options)
        {
            Options.Add(option);
        }
    }

    public override IReadOnlyList<Example> Examples { get; } = [];

    protected override Task<int> RunAsync(ParseResult arguments, Session session, CancellationToken cancellationToken) =>
        _act(arguments, session, cancellationToken);
}
