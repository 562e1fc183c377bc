using System.Runtime.InteropServices;
using Npgsql;

namespace TasksBus.Benchmarks.Hangfire;

/// <summary>A database of this run's own on the given server, dropped at the end; its durability is the server's.</summary>
internal sealed class FreshDatabase : IDisposable
{
    /// <summary>Fewer than the 100 connections that PostgreSQL allows unless told otherwise.</summary>
    private const int MaxConnections = 80;

    private readonly string _server;
    private readonly string _name;
    private readonly NpgsqlDataSource _database;
    private readonly PosixSignalRegistration[] _signals;
    private bool _dropped;

    private FreshDatabase(string server, string name)
    {
        (_server, _name) = (server, name);
        ConnectionString = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        _database = NpgsqlDataSource.Create(ConnectionString);
        _signals = [
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM }.Select(signal => PosixSignalRegistration.Create(signal, _ => Drop()))];
    }

    public string ConnectionString { get; }

    public static FreshDatabase Create(Uri server)
    {
        var user = server.UserInfo.Split(':', 2);
        var connection = new NpgsqlConnectionStringBuilder
        {
            Host = server.Host,
            Port = server.IsDefaultPort || server.Port < 0 ? 5432 : server.Port,
            Database = Uri.UnescapeDataString(server.AbsolutePath.TrimStart('/')),
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            MaxPoolSize = MaxConnections,
        }.ConnectionString;
        var name = $"bench_hangfire_{Guid.NewGuid():N}"[..23];
        ExecuteOnServer(connection, $"create database {name}");
        return new(connection, name);
    }

    public bool Ask(string sql)
    {
        using var command = _database.CreateCommand(sql);
        return (bool)command.ExecuteScalar()!;
    }

    /// <summary>What autovacuum does in a system that has run for a while.</summary>
    public void Tidy()
    {
        using var command = _database.CreateCommand("vacuum analyze");
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        Array.ForEach(_signals, static signal => signal.Dispose());
        _database.Dispose();
        Drop();
    }

    /// <summary>By force, for Hangfire leaves its connections in Npgsql's pool.</summary>
    private void Drop()
    {
        if (!Interlocked.Exchange(ref _dropped, true))
        {
            ExecuteOnServer(_server, $"drop database {_name} with (force)");
        }
    }

    private static void ExecuteOnServer(string connection, string sql)
    {
        using var server = NpgsqlDataSource.Create(connection);
        using var command = server.CreateCommand(sql);
        command.ExecuteNonQuery();
    }
}
