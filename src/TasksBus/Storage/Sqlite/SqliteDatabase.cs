using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace TasksBus.Storage.Sqlite;

/// <summary>
/// One SQLite file in a data folder, held by this process alone: a lock file that the operating system releases when the process ends,
/// however it ends. One connection writes; any number read.
/// </summary>
public sealed class SqliteDatabase : IDisposable
{
    public const string FileName = "tasksbus.db";

    private readonly FileStream _lock;
    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly Dictionary<string, SqliteCommand> _writes = [];
    private readonly Lock _writing = new();

    private SqliteDatabase(FileStream @lock, string connectionString)
    {
        _lock = @lock;
        _connectionString = connectionString;
        _writer = Open();
        // Write-ahead logging lets readers go on beside the writer; full: a commit is on disk before it is confirmed.
        Execute("pragma journal_mode = wal");
        Execute("pragma synchronous = full");
    }

    /// <summary>Locks the folder, opens the file and brings its schema up to date.</summary>
    /// <exception cref="DataFolderException">The folder cannot be used; the message says why and how to mend it.</exception>
    public static SqliteDatabase Open(string folder)
    {
        var path = Path.GetFullPath(folder);
        FileStream @lock;
        try
        {
            Directory.CreateDirectory(path);
            @lock = new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new DataFolderException($"The data folder '{path}' cannot be written: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }
        catch (IOException exception) when (Directory.Exists(path))
        {
            throw new DataFolderException($"The data folder '{path}' is in use by another server ({exception.Message}) Stop that one, or choose another folder with TasksBus__DataPath.", exception);
        }
        catch (IOException exception)
        {
            throw new DataFolderException($"The data folder '{path}' cannot be made: {exception.Message} Choose another with TasksBus__DataPath.", exception);
        }

        try
        {
            var connectionString = new SqliteConnectionStringBuilder
            {
                DataSource = Path.Combine(path, FileName),
                DefaultTimeout = 30,
            }.ToString();
            using (var context = new SqliteTasksDbContext(new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(connectionString).Options))
            {
                context.Database.Migrate();
            }

            return new SqliteDatabase(@lock, connectionString);
        }
        catch (SqliteException exception)
        {
            @lock.Dispose();
            throw new DataFolderException($"The database in '{path}' cannot be opened: {exception.Message} Restore it from a backup, or choose another folder with TasksBus__DataPath.", exception);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Reads in one snapshot.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            using var connection = Open();
            using var transaction = connection.BeginTransaction(deferred: true);
            return read(connection);
        }
        catch (SqliteException exception) when (IsUnavailable(exception))
        {
            throw Unavailable(exception);
        }
    }

    /// <summary>A context for queries that are not hot.</summary>
    public SqliteTasksDbContext CreateContext() =>
        new(new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(_connectionString)
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options);

    /// <summary>Writes in one transaction, one at a time, and waits until it is on disk.</summary>
    /// <exception cref="CommitOutcomeUnknownException">The commit itself failed.</exception>
    public T Write<T>(Func<SqliteDatabase, T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        lock (_writing)
        {
            try
            {
                Execute("begin immediate");
            }
            catch (SqliteException exception)
            {
                throw Unavailable(exception);
            }

            T result;
            try
            {
                result = write(this);
            }
            catch (Exception exception)
            {
                RollBack();
                if (exception is SqliteException sqlite && IsUnavailable(sqlite))
                {
                    throw Unavailable(sqlite);
                }

                throw;
            }

            try
            {
                Execute("commit");
            }
            catch (SqliteException exception)
            {
                RollBack();
                throw new CommitOutcomeUnknownException($"The database did not confirm a commit: {exception.Message}", exception);
            }

            return result;
        }
    }

    /// <summary>Runs a statement of the transaction under way; its parameters are ?1, ?2, ... Returns the rows it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Runs a statement of the transaction under way and returns its first column, or null.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteScalar();

    /// <summary>Runs a query of the transaction under way.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteReader();

    public void Dispose()
    {
        lock (_writing)
        {
            foreach (var command in _writes.Values)
            {
                command.Dispose();
            }

            _writer.Dispose();
        }

        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        _lock.Dispose();
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_writes.TryGetValue(sql, out var command))
        {
            command = _writer.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
            }

            _writes[sql] = command;
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        return connection;
    }

    private void RollBack()
    {
        try
        {
            Execute("rollback");
        }
        catch (SqliteException)
        {
            // Nothing to roll back: SQLite already did so with the error that brought us here.
        }
    }

    private static bool IsUnavailable(SqliteException exception) => exception.SqliteErrorCode is
        5 /* busy */ or 6 /* locked */ or 8 /* read-only */ or 10 /* I/O */ or 13 /* disk full */ or 14 /* cannot open */;

    private static StoreUnavailableException Unavailable(SqliteException exception) =>
        new($"The database cannot be used now: {exception.Message}", exception);
}

/// <summary>The data folder cannot be used.</summary>
public sealed class DataFolderException(string message, Exception inner) : Exception(message, inner);
