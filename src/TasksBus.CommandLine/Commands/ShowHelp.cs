using System.CommandLine;
using System.CommandLine.Invocation;

namespace TasksBus.Tool.Commands;

/// <summary>Shows <see cref="HelpText"/> instead of the library's own help, which knows no examples.</summary>
internal sealed class ShowHelp(Surroundings around) : SynchronousCommandLineAction
{
    private const int Widest = 100;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        around.Output.Write(HelpText.Of(parseResult.CommandResult.Command, Math.Min(around.Width, Widest)));
        return ExitCode.Ok;
    }
}
