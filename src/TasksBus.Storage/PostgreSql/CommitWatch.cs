using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// Watches the commits of a connection while it is open. When the wait for a synchronous standby is cancelled, PostgreSQL commits although
/// the standby did not confirm, and only sends a warning.
/// </summary>
internal sealed class CommitWatch
{
    /// <summary>
    /// The routine that sends the warning. The text of the warning cannot be used, because it is in the language of the server.
    /// </summary>
    private const string Routine = "SyncRepWaitForLSN";

    private CommitWatch()
    {
    }

    /// <summary>True when a commit is on one server only, so that a failover might forget it.</summary>
    public bool IsAlone { get; private set; }

    public static CommitWatch Over(NpgsqlConnection connection)
    {
        CommitWatch watch = new();
        connection.Notice += (_, notice) => watch.IsAlone |= notice.Notice.Routine == Routine;
        return watch;
    }
}
