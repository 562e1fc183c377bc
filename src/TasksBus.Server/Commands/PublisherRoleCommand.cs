using System.CommandLine;

namespace TasksBus.Server.Commands;

/// <summary>
/// <c>--publisher-role</c>: prints the SQL that makes the role of services which schedule tasks in their own transactions. It is
/// <c>ops/sql/publisher.sql</c> with the name of the schema that is set.
/// </summary>
internal sealed class PublisherRoleCommand() : ServerCommand(
    "--publisher-role", "in a cluster: prints the SQL that lets services schedule tasks in their own transactions")
{
    private const string Script = "TasksBus.Server.publisher.sql";

    protected override async Task<string> RunAsync(ParseResult result)
    {
        var schema = CommandDatabase.SchemaIn(CommandDatabase.Settings(SettingOption.AllOf(result)));
        using StreamReader reader = new(typeof(PublisherRoleCommand).Assembly.GetManifestResourceStream(Script)!);
        var script = await reader.ReadToEndAsync();
        return script.Replace("\"tasksbus\"", $"\"{schema}\"", StringComparison.Ordinal).TrimEnd();
    }
}
