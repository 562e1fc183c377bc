using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using SQLitePCL;

namespace TasksBus.Storage.Sqlite;

/// <summary>
/// Reads lists for callers. SQLite works on the calling thread, so each list has its own thread, and only a few run at once. However long
/// they take, everything else finds a thread. A list that takes too long, or whose caller has gone, is stopped.
/// </summary>
internal sealed class SqliteLists(string connectionString) : IDisposable
{
    /// <summary>How many lists run at once.</summary>
    private const int AtOnce = 4;

    /// <summary>How many steps of SQLite's virtual machine pass between two looks at the clock: about a tenth of a millisecond.</summary>
    private const int Steps = 10_000;

    private readonly ListPlaces _places = new(AtOnce);

    /// <summary>How long a list may take.</summary>
    public TimeSpan Longest { get; set; } = TimeSpan.FromSeconds(10);

    public Task<T> ReadAsync<T>(Func<SqliteTasksDbContext, Task<T>> read, CancellationToken cancellationToken) => _places.ReadAsync(
        () => Task.Factory.StartNew(
            () => Read(read, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default),
        cancellationToken);

    public void Dispose() => _places.Dispose();

    private T Read<T>(Func<SqliteTasksDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        var begun = TimeProvider.System.GetTimestamp();
        raw.sqlite3_progress_handler(
            connection.Handle, Steps,
            _ => cancellationToken.IsCancellationRequested || TimeProvider.System.GetElapsedTime(begun) > Longest ? 1 : 0, null);
        try
        {
            using var context = new SqliteTasksDbContext(
                new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(connection)
                    .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options);
            return read(context).GetAwaiter().GetResult();
        }
        catch (SqliteException exception) when (exception.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new QueryTooSlowException(Longest, exception);
        }
        finally
        {
            // The connection goes back to its pool.
            raw.sqlite3_progress_handler(connection.Handle, 0, null, null);
        }
    }
}
