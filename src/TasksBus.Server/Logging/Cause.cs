using Npgsql;
using TasksBus.Server.Messaging;
using TasksBus.Storage;

namespace TasksBus.Server.Logging;

/// <summary>What a server cannot work without.</summary>
internal enum Dependency
{
    Database,
    Broker,
}

/// <summary>The dependency that is away, and the words of whoever noticed.</summary>
internal sealed record Cause(Dependency Dependency, string Reason)
{
    /// <summary>The outage that an exception tells of; null where it tells of something else.</summary>
    public static Cause? Of(Exception exception)
    {
        for (var each = exception; each is not null; each = each.InnerException)
        {
            switch (each)
            {
                case StoreUnavailableException or CommitOutcomeUnknownException:
                    return new(Dependency.Database, each.Message);
                case PostgresException { SqlState: var state }:
                    return IsAway(state) ? new(Dependency.Database, each.Message) : null;
                case NpgsqlException { IsTransient: true }:
                    return new(Dependency.Database, each.Message);
                case { } thrown when BrokerErrors.IsAway(thrown):
                    return new(Dependency.Broker, thrown.Message);
                default:
                    break;
            }
        }

        return null;
    }

    /// <summary>Whether the server ends sessions or takes none; a lock that was waited for in vain is no outage.</summary>
    private static bool IsAway(string state) =>
        state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("57P", StringComparison.Ordinal) || state == PostgresErrorCodes.TooManyConnections;
}
