using System.Text;
using TasksBus.Server.Hosting;
using TasksBus.Settings;

namespace TasksBus.Server.Commands;

/// <summary>The text of <c>--help</c>.</summary>
internal static class Help
{
    public const string Purpose =
        "TasksBus runs tasks: functions of AWS Lambda or of this machine, at their start time, most urgent first, at most once each.";

    private const int Column = 37;

    private const string Usage =
        $"""
        {Purpose}

        Usage: TasksBus.Server [--SETTING=VALUE ...]
               TasksBus.Server --new-api-key [NAME] [--permissions A,B] [--expires TIME|90d] [--store]
                                                      makes an API key, and shows it with its settings; or stores its hash in the database
               TasksBus.Server --list-api-keys        the keys in the database
               TasksBus.Server --revoke-api-key NAME  ends one, within seconds
               TasksBus.Server --release-hold         in a cluster: after a restore, lets tasks run again
               TasksBus.Server --publisher-role       in a cluster: prints SQL that lets services schedule tasks in their own transactions
               TasksBus.Server --version              the program's version
        """;

    private const string Places =
        """
        Each setting may also stand in appsettings.json in the working folder, or in the environment, where passwords are safer:
        TasksBus__WorkerSlots=8.
        """;

    public static string Text => $"{Usage}\n\n{string.Concat(KnownSettings.Described.Select(Line))}\n{Places}";

    /// <summary>A setting and its description: on the same line, or below it when the setting is long.</summary>
    private static string Line(Setting setting)
    {
        StringBuilder line = new($"  --{setting.Name}={setting.Value}");
        line.Append(line.Length < Column ? "" : "\n").Append(' ', line.Length < Column ? Column - line.Length : Column);
        return line.Append(setting.Description).Append(setting.Range is { } range ? $"; {range}" : "").Append($" ({setting.Default})\n")
            .ToString();
    }
}
