using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

/// <summary>
/// One SQLite file in a data folder. Only this process uses it, by a lock file that the operating system releases when the process ends,
/// however it ends. One connection writes, and any number read.
/// </summary>
public sealed partial class SqliteDatabase : IModelDatabase, IDisposable, IAsyncDisposable
{
    /// <summary>The name of the database's file in the data folder.</summary>
    public const string FileName = "tasksbus.db";

    private readonly FileStream? _lock;
    private readonly string _connectionString;
    private readonly SqliteSession _writer;
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private readonly Lock _writing = new();
    private readonly SqliteLists _lists;

    private SqliteDatabase(FileStream? @lock, string connectionString)
    {
        _lock = @lock;
        _connectionString = connectionString;
        _lists = new(connectionString);
        _writer = new(connectionString);
        // Write-ahead logging lets readers go on beside the writer. With full synchronization a commit is on disk before it is confirmed.
        _writer.Scalar("pragma journal_mode = wal");
        _writer.Execute("pragma synchronous = full");
    }

    /// <summary>This database, for what goes through EF Core.</summary>
    internal IModelDatabase Model => this;

    /// <summary>The API keys in this database.</summary>
    public ApiKeyStore ApiKeys => new(this);

    /// <summary>How long a list may take.</summary>
    internal TimeSpan LongestList
    {
        get => _lists.Longest;
        set => _lists.Longest = value;
    }

    /// <summary>Reads in one snapshot.</summary>
    internal T Read<T>(Func<SqliteSession, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (_memory is not null)
        {
            return ReadMemory(read);
        }

        try
        {
            var session = _readers.TryTake(out var idle) ? idle : new(_connectionString);
            session.Execute("begin");
            try
            {
                return read(session);
            }
            finally
            {
                session.RollBack();
                _readers.Add(session);
            }
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    /// <summary>Runs a query that is not hot, through EF Core.</summary>
    internal async Task<T> QueryAsync<T>(Func<SqliteTasksDbContext, Task<T>> query)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (_memory is not null)
        {
            return QueryMemory(query);
        }

        try
        {
            await using var context = new SqliteTasksDbContext(
                new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(_connectionString)
                .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options);
            return await query(context);
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
        catch (DbUpdateException exception) when (exception.InnerException is SqliteException inner && IsUnavailable(inner))
        {
            throw Unavailable(inner);
        }
    }

    Task<bool> IModelDatabase.AnyAsync(string sql) => Task.FromResult(Read(db => db.Scalar(sql) is not null));

    Task<T> IModelDatabase.ReadAsync<T>(Func<TasksDbContext, Task<T>> read) => QueryAsync<T>(read);

    async Task<T> IModelDatabase.ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(read);
        if (_memory is not null)
        {
            return QueryMemory<T>(read);
        }

        try
        {
            return await _lists.ReadAsync(read, cancellationToken);
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    Task<T> IModelDatabase.WriteAsync<T>(Func<TasksDbContext, Task<T>> write)
    {
        // SQLite does everything synchronously and allows one writer at a time. The lock prevents the hot writer from finding the file
        // busy.
        lock (_writing)
        {
            return Task.FromResult(QueryAsync(async context =>
            {
                await context.Database.OpenConnectionAsync();
                await context.Database.ExecuteSqlRawAsync("pragma synchronous = full");
                await using var transaction = await context.Database.BeginTransactionAsync();
                var result = await write(context);
                await transaction.CommitAsync();
                return result;
            }).GetAwaiter().GetResult());
        }
    }

    /// <summary>Writes in one transaction, one at a time, and waits until it is on disk.</summary>
    /// <exception cref="CommitOutcomeUnknownException">The commit itself failed.</exception>
    internal T Write<T>(Func<SqliteSession, T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        lock (_writing)
        {
            try
            {
                _writer.Execute("begin immediate");
            }
            catch (SqliteException exception)
            {
                throw Unavailable(exception);
            }

            T result;
            try
            {
                result = write(_writer);
            }
            catch (Exception exception)
            {
                _writer.RollBack();
                if (exception is SqliteException sqlite && IsUnavailable(sqlite))
                {
                    throw Unavailable(sqlite);
                }

                throw;
            }

            try
            {
                _writer.Execute("commit");
            }
            catch (SqliteException exception)
            {
                _writer.RollBack();
                throw new CommitOutcomeUnknownException($"The database did not confirm a commit: {exception.Message}", exception);
            }

            return result;
        }
    }

    /// <summary>Writes what has the same effect when it is written twice, because the caller tries again.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now, or did not confirm the commit.</exception>
    internal Task<T> WriteRepeatableAsync<T>(Func<SqliteSession, T> write)
    {
        try
        {
            return Task.FromResult(Write(write));
        }
        catch (CommitOutcomeUnknownException exception)
        {
            throw new StoreUnavailableException(exception.Message, exception);
        }
    }

    ValueTask IAsyncDisposable.DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_writing)
        {
            _writer.Dispose();
        }

        _lists.Dispose();
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }

        using (var pooled = new SqliteConnection(_connectionString))
        {
            SqliteConnection.ClearPool(pooled);
        }

        _memory?.Dispose();
        _lock?.Dispose();
    }

    private static string ConnectionString(string path) =>
        new SqliteConnectionStringBuilder { DataSource = Path.Combine(path, FileName), DefaultTimeout = 30 }.ToString();

    private static bool IsUnavailable(SqliteException exception) => exception.SqliteErrorCode is
        5 /* busy */ or 6 /* locked */ or 8 /* read-only */ or 10 /* I/O */ or 13 /* disk full */ or 14 /* cannot open */;

    private static StoreUnavailableException Unavailable(SqliteException exception) =>
        new($"The database cannot be used now: {exception.Message}", exception);
}
