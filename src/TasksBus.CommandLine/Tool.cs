using System.CommandLine;
using System.CommandLine.Help;
using TasksBus.Tool.Commands;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool;

/// <summary>The program.</summary>
internal static class Tool
{
    public const string Name = "tasksbus";

    private static readonly ParserConfiguration s_parser = new() { EnablePosixBundling = false, ResponseFileTokenReplacer = null };

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, Surroundings around, CancellationToken cancellationToken = default)
    {
        var result = Root(around).Parse(args, s_parser);
        if (result.Action is not ShowHelp && ParseFaults.Of(result) is { } fault)
        {
            new Screen(around).Fail(fault);
            return ExitCode.Refused;
        }

        try
        {
            return await result.InvokeAsync(
                new()
                {
                    Output = around.Output,
                    Error = around.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
        }
        catch (OutputClosedException)
        {
            return ExitCode.OutputClosed;
        }
    }

    /// <summary>The commands.</summary>
    public static RootCommand Root(Surroundings around)
    {
        GlobalOptions options = new();
        Stage stage = new(options, around);
        RootCommand root = new(
            "tasksbus works with a TasksBus server from a terminal or a script: it schedules tasks, finds them, waits for them, and says "
            + "what is wrong.")
        {
            options.Server, options.Key, options.Profile,
            new ScheduleCommand(stage), new ListCommand(stage), new ShowCommand(stage), new WatchCommand(stage), new WaitCommand(stage),
            new CancelCommand(stage), new RerunCommand(stage), new BulkCommand(stage), new LogsCommand(stage),
            new FunctionsCommand(stage), new SchedulesCommand(stage), new StatusCommand(stage), new BacklogCommand(stage),
            new DoctorCommand(stage), new KeysCommand(stage), new ProfileCommand(stage), new CompletionCommand(stage),
            new CompleteCommand(stage),
        };
        options.Profile.CompletionSources.Add(_ => new ProfileFile(around.ConfigFolder).Read().ByName.Keys);
        // Completion has a command of its own, and diagrams and variables are not for users.
        root.Directives.Clear();
        root.Options.OfType<HelpOption>().Single().Action = new ShowHelp(around);
        root.Options.OfType<VersionOption>().Single().Action = new ShowVersion(around);
        return root;
    }
}
