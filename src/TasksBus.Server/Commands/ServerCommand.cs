using System.CommandLine;

namespace TasksBus.Server.Commands;

/// <summary>A command of the server's program. It does one thing on the database of a server with the same settings, and ends.</summary>
internal abstract class ServerCommand : Command
{
    protected ServerCommand(string name, string description)
        : base(name, description)
    {
        TreatUnmatchedTokensAsErrors = false;
        SetAction(async (result, _) =>
        {
            await result.InvocationConfiguration.Output.WriteLineAsync(await RunAsync(result));
            return 0;
        });
    }

    /// <summary>The text to show when the arguments are not valid. Null when the command takes only settings.</summary>
    public virtual string? Usage => null;

    /// <returns>The text for the operator.</returns>
    /// <exception cref="Hosting.StartException">An argument or a setting is not valid, or the command cannot be carried out.</exception>
    protected abstract Task<string> RunAsync(ParseResult result);
}
