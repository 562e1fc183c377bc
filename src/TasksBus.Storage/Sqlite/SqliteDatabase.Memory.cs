using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using TasksBus.Storage.Model;

namespace TasksBus.Storage.Sqlite;

/// <content>
/// A database in memory, for tests: no folder, no lock, no other process. One connection does everything, one call after the other, because
/// several connections to a database in memory find each other's locks at once, and wait for them in steps of 150 ms.
/// </content>
public sealed partial class SqliteDatabase
{
    private readonly SqliteConnection? _memory;
    private readonly TimeProvider _clock = TimeProvider.System;

    private SqliteDatabase(SqliteConnection memory, TimeProvider clock)
    {
        (_memory, _clock, _connectionString) = (memory, clock, memory.ConnectionString);
        _lists = new(_connectionString);
        _writer = new(memory);
    }

    /// <summary>Makes an empty database in memory, which ends with this object.</summary>
    /// <param name="clock">The database's clock.</param>
    internal static SqliteDatabase OpenInMemory(TimeProvider clock)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = ":memory:", Pooling = false }.ToString());
        connection.Open();
        SqliteDatabase database = new(connection, clock);
        database._writer.Execute(Schema.Of<SqliteTasksDbContext>().Script);
        return database;
    }

    private T ReadMemory<T>(Func<SqliteSession, T> read)
    {
        lock (_writing)
        {
            return read(_writer);
        }
    }

    /// <summary>SQLite does everything synchronously, so the query has ended when the lock is given back.</summary>
    private T QueryMemory<T>(Func<SqliteTasksDbContext, Task<T>> query)
    {
        lock (_writing)
        {
            using SqliteTasksDbContext context = new(
                new DbContextOptionsBuilder<SqliteTasksDbContext>().UseSqlite(_memory!)
                    .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking).Options,
                _clock);
            return query(context).GetAwaiter().GetResult();
        }
    }
}
