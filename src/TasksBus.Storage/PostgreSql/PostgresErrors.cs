using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>What an error of PostgreSQL, or of the connection to it, means for the step that failed.</summary>
internal static class PostgresErrors
{
    /// <summary>Returns true when the database is away or too busy, so that the same step may work later.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => state is "25006" /* a standby */ or "55P03" or "40P01" or "40001"
            || state.StartsWith("08", StringComparison.Ordinal) || state.StartsWith("53", StringComparison.Ordinal)
            || state.StartsWith("57", StringComparison.Ordinal),
        NpgsqlException or TimeoutException or SocketException => true,
        InvalidOperationException { InnerException: { } inner } => IsUnavailable(inner),
        DbUpdateException { InnerException: { } inner } => IsUnavailable(inner),
        _ => false,
    };

    /// <summary>
    /// Returns true when the other side ended the connection, as a server does that stops, or a network that drops idle connections.
    /// </summary>
    public static bool IsCutOff(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } =>
            state is PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or "57P05" /* idle for too long */,
        NpgsqlException { InnerException: IOException or SocketException } => true,
        InvalidOperationException { InnerException: { } inner } => IsCutOff(inner),
        DbUpdateException { InnerException: { } inner } => IsCutOff(inner),
        _ => false,
    };

    /// <summary>Returns true when the server stopped a statement, as the session asked for.</summary>
    public static bool IsStopped(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.QueryCanceled } => true,
        InvalidOperationException { InnerException: { } inner } => IsStopped(inner),
        _ => false,
    };

    /// <summary>Returns true when the server said that it rolled the transaction back. Otherwise the outcome is unknown.</summary>
    public static bool IsRolledBack(Exception exception) =>
        exception is PostgresException { SqlState: var state } && !state.StartsWith("08", StringComparison.Ordinal)
            && !state.StartsWith("57P", StringComparison.Ordinal);

    /// <summary>Returns true when the transaction lost against another and may be run again at once.</summary>
    public static bool IsLostRace(Exception exception) => exception is PostgresException { SqlState: "40P01" or "40001" };

    /// <summary>Returns true when another transaction held a row for longer than <see cref="PostgresDatabase.LockPatience"/>.</summary>
    public static bool IsOutOfPatience(Exception exception) =>
        exception is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable };

    public static StoreUnavailableException Unavailable(Exception exception) =>
        new($"The database cannot be used now: {exception.Message}", exception);
}
