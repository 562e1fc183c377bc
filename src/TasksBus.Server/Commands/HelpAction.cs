using System.CommandLine;
using System.CommandLine.Invocation;

namespace TasksBus.Server.Commands;

/// <summary>Shows <see cref="Help"/>, because the library's own help does not know the settings.</summary>
internal sealed class HelpAction : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine(Help.Text);
        return 0;
    }
}
