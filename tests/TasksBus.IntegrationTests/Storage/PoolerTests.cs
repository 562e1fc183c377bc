using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Storage.PostgreSql;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

/// <summary>A server behind PgBouncer refuses to start, with one line.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class PoolerTests(LocalServers servers)
{
    [Theory]
    [InlineData("transaction", "ignore_startup_parameters = extra_float_digits", "pool_mode=transaction")]
    [InlineData("transaction", "server_round_robin = 1", "pool_mode=transaction")]
    [InlineData("transaction", "ignore_startup_parameters = extra_float_digits,options", "pool_mode=transaction")]
    [InlineData("session", "ignore_startup_parameters = extra_float_digits", "options")]
    [InlineData("session", "ignore_startup_parameters = extra_float_digits,options", "options")]
    public async Task A_pooler_that_does_not_give_sessions_as_they_are_asked_for_is_refused_by_name(
        string mode, string setting, string reason)
    {
        await using var database = await servers.CreateDatabaseAsync(isEmpty: true);
        await using var pooler = await StartAsync(database.ConnectionString, mode, setting);
        await using PostgresDatabase server = new(pooler.ConnectionString);

        var refusal = await Assert.ThrowsAsync<DatabaseRefusedException>(() => server.MigrateAsync(default).EndsAsync());

        Assert.Contains("PgBouncer", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refusal.Message);
        Assert.Equal(0, await database.ScalarAsync<long>("select count(*) from pg_tables where schemaname = 'public'"));
    }

    private static async Task<Pooler> StartAsync(string connectionString, string mode, string setting)
    {
        NpgsqlConnectionStringBuilder target = new(connectionString);
        var folder = Directory.CreateTempSubdirectory("tasksbus-pooler-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // PgBouncer does not run as root.
            File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        }

        var port = FreePort();
        await File.WriteAllTextAsync(Path.Combine(folder, "users"), $"\"{target.Username}\" \"{target.Password}\"\n");
        var file = Path.Combine(folder, "pgbouncer.ini");
        await File.WriteAllTextAsync(file,
            $"""
            [databases]
            * = host={target.Host} port={target.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = plain
            auth_file = {folder}/users
            pool_mode = {mode}
            {setting}
            {(Environment.UserName == "root" ? "user = nobody" : "")}
            """);
        // Debian does not put it on the PATH of users.
        var program = File.Exists("/usr/sbin/pgbouncer") ? "/usr/sbin/pgbouncer" : "pgbouncer";
        Pooler pooler = new(Process.Start(new ProcessStartInfo(program, ["-q", file]) { RedirectStandardError = true })!, folder,
            new NpgsqlConnectionStringBuilder(connectionString) { Host = "127.0.0.1", Port = port }.ToString());
        await Eventually.TrueAsync(() => pooler.AnswersAsync(port), "PgBouncer listens");
        return pooler;
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Pooler(Process process, string folder, string connectionString) : IAsyncDisposable
    {
        public string ConnectionString => connectionString;

        public async Task<bool> AnswersAsync(int port)
        {
            Assert.False(process.HasExited, "PgBouncer ended while it started.");
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            Directory.Delete(folder, recursive: true);
        }
    }
}
