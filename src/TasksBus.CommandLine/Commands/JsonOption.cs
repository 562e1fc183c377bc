using System.CommandLine;

namespace TasksBus.Tool.Commands;

/// <summary>The option of commands that can write JSON.</summary>
internal static class JsonOption
{
    public static Option<bool> Of(string description) => new("--json", "-j") { Description = description };
}
