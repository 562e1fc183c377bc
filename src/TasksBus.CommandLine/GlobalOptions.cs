using System.CommandLine;
using TasksBus.Tool.Connecting;

namespace TasksBus.Tool;

/// <summary>The options of every command: which server, and who calls.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Server { get; } = new("--server", "-s")
    {
        Description = $"the server's address; else {Connection.ServerVariable}, the profile, or {Connection.DefaultServer}",
        HelpName = "URL",
        Recursive = true,
    };

    public Option<string?> Key { get; } = new("--key")
    {
        Description = $"the API key or token; others see it in the list of processes, so {Connection.KeyVariable} or a profile is better",
        HelpName = "KEY",
        Recursive = true,
    };

    public Option<string?> Profile { get; } = new("--profile", "-p")
    {
        Description = $"the profile to use; else {Connection.ProfileVariable}, or the current one",
        HelpName = "NAME",
        Recursive = true,
    };
}
