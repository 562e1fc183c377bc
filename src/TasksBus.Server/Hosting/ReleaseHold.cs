using TasksBus.Storage.PostgreSql;

namespace TasksBus.Server.Hosting;

/// <summary>What <c>--release-hold</c> does: after a restore or a promotion, tasks are released again.</summary>
internal static class ReleaseHold
{
    private const string Flag = "--release-hold";

    public static bool IsAskedFor(string[] args) => args.Contains(Flag);

    /// <returns>What to tell the operator.</returns>
    /// <exception cref="StartException">No cluster is configured.</exception>
    public static async Task<string> RunAsync(string[] args)
    {
        var cluster = ClusterSettings.Choose(CommandDatabase.Settings([.. args.Where(static arg => arg != Flag)]))
            ?? throw new StartException("Only a cluster is ever held: set ConnectionStrings__tasksbus and ConnectionStrings__rabbitmq.");
        await using PostgresDatabase database = new(cluster.Database);
        var reason = await database.ReleaseHoldAsync(CancellationToken.None);
        return reason is null ? "No hold was in force." : $"Released. Tasks had been held because {reason}.";
    }
}
