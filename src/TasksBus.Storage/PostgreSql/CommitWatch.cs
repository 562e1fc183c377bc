using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// Watches the commits of a connection while it is open: PostgreSQL commits although a synchronous standby did not confirm it, when the wait for
/// the standby is cancelled, and only warns.
/// </summary>
internal sealed class CommitWatch
{
    /// <summary>Where the warning comes from: its words are in the language of the server.</summary>
    private const string Routine = "SyncRepWaitForLSN";

    private CommitWatch()
    {
    }

    /// <summary>Whether a commit is on one server only, and a failover might forget it.</summary>
    public bool IsAlone { get; private set; }

    public static CommitWatch Over(NpgsqlConnection connection)
    {
        CommitWatch watch = new();
        connection.Notice += (_, notice) => watch.IsAlone |= notice.Notice.Routine == Routine;
        return watch;
    }
}
