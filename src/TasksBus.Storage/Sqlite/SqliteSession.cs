using Microsoft.Data.Sqlite;

namespace TasksBus.Storage.Sqlite;

/// <summary>A connection that prepares each statement once. It serves one caller at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = [];

    internal SqliteSession(string connectionString)
        : this(new SqliteConnection(connectionString)) =>
        _connection.Open();

    /// <param name="connection">A connection that only this session uses while it works. It is disposed with the session.</param>
    internal SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Runs a statement with the parameters ?1, ?2, ... Returns the number of rows that it changed.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    /// <summary>Runs a statement and returns the first column of its first row. Returns null when there is no row.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) =>
        Prepare(sql, values).ExecuteScalar() is var value and not DBNull ? value : null;

    /// <summary>Runs a query. Its rows must be read before the next query runs.</summary>
    public SqliteDataReader Query(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteReader();

    /// <summary>Runs a query and reads its rows.</summary>
    public List<T> List<T>(string sql, Func<SqliteDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        using var reader = Query(sql, values);
        List<T> rows = [];
        while (reader.Read())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    internal void RollBack()
    {
        try
        {
            Execute("rollback");
        }
        catch (SqliteException)
        {
            // There is nothing to roll back: SQLite already did so with the error that led here.
        }
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i}" });
            }

            _commands[sql] = command;
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }
}
