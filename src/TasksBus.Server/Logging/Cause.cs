using Npgsql;
using TasksBus.Server.Messaging;
using TasksBus.Storage;

namespace TasksBus.Server.Logging;

/// <summary>What may hold up the work of a server for a while.</summary>
internal enum Trouble
{
    DatabaseAway,
    BrokerAway,

    /// <summary>As many tasks wait to be stored as may.</summary>
    IntakeFull,

    /// <summary>As many lists are read as may be.</summary>
    ListsFull,
}

/// <summary>The trouble, and the words of whoever noticed.</summary>
internal sealed record Cause(Trouble Trouble, string Reason)
{
    /// <summary>The trouble that an exception tells of; null where it tells of something else.</summary>
    public static Cause? Of(Exception exception)
    {
        for (var each = exception; each is not null; each = each.InnerException)
        {
            switch (each)
            {
                case IntakeFullException:
                    return new(Trouble.IntakeFull, each.Message);
                case ListsFullException:
                    return new(Trouble.ListsFull, each.Message);
                case ServerStoppingException or StoreUnavailableException { InnerException: TaskIdTakenException }:
                case StoreUnavailableException { InnerException: PostgresException { SqlState: var lost } } when IsLostToOthers(lost):
                    return null;
                case StoreUnavailableException or CommitOutcomeUnknownException:
                    return new(Trouble.DatabaseAway, each.Message);
                case PostgresException { SqlState: var state }:
                    return IsAway(state) ? new(Trouble.DatabaseAway, each.Message) : null;
                case NpgsqlException { IsTransient: true }:
                    return new(Trouble.DatabaseAway, each.Message);
                case { } thrown when BrokerErrors.IsAway(thrown):
                    return new(Trouble.BrokerAway, thrown.Message);
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>Whether other transactions were in the way, as they are where a lock was waited for in vain.</summary>
    private static bool IsLostToOthers(string state) =>
        state is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>Whether the server ends sessions or takes none.</summary>
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal) || state == PostgresErrorCodes.TooManyConnections;
}
