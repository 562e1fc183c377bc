using System.CommandLine;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Storage.PostgreSql;

namespace TasksBus.Server.Commands;

/// <summary><c>--release-hold</c>: lets tasks be released again after a restore or a promotion.</summary>
internal sealed class ReleaseHoldCommand() : ServerCommand("--release-hold", "in a cluster: after a restore, lets tasks run again")
{
    protected override async Task<string> RunAsync(ParseResult result)
    {
        var cluster = ClusterSettings.Choose(CommandDatabase.Settings(SettingOption.AllOf(result)))
            ?? throw new StartException("Only a cluster is ever held: set ConnectionStrings__tasksbus and ConnectionStrings__rabbitmq.");
        await using PostgresDatabase database = new(cluster.Database);
        var reason = await database.ReleaseHoldAsync(CancellationToken.None);
        return reason is null ? "No hold was in force." : $"Released. Tasks had been held because {reason}.";
    }
}
