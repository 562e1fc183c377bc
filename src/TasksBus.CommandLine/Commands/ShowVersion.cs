using System.CommandLine;
using System.CommandLine.Invocation;
using TasksBus.Tool.Connecting;

namespace TasksBus.Tool.Commands;

/// <summary>Shows the version as packages have it, without the commit.</summary>
internal sealed class ShowVersion(Surroundings around) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        around.Output.WriteLine(ServerCalls.Version);
        return ExitCode.Ok;
    }
}
