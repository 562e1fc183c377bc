using Npgsql;
using TasksBus.RabbitMq;
using TasksBus.Storage;

namespace TasksBus.Server.Logging;

/// <summary>What may delay the work of a server for a while.</summary>
internal enum Trouble
{
    DatabaseAway,
    BrokerAway,

    /// <summary>The limit of tasks that wait to be stored is reached.</summary>
    IntakeFull,

    /// <summary>The limit of lists that are read at once is reached.</summary>
    ListsFull,
}

/// <summary>The trouble, and the message of the component that noticed it.</summary>
internal sealed record Cause(Trouble Trouble, string Reason)
{
    /// <summary>Returns the trouble that an exception reports, or null when it reports something else.</summary>
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

    /// <summary>Returns true when other transactions were in the way, for example when the wait for a lock timed out.</summary>
    private static bool IsLostToOthers(string state) =>
        state is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure;

    /// <summary>Returns true when the server ends sessions or accepts none.</summary>
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal)
            || state == PostgresErrorCodes.TooManyConnections;
}
