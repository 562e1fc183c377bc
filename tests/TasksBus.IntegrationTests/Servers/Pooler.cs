using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>PgBouncer in front of a database, for the user of its connection string.</summary>
internal sealed class Pooler : IAsyncDisposable
{
    private readonly Process _process;
    private readonly string _folder;

    private Pooler(Process process, string folder, string connectionString) =>
        (_process, _folder, ConnectionString) = (process, folder, connectionString);

    public string ConnectionString { get; }

    /// <param name="mode">PgBouncer's pool_mode.</param>
    /// <param name="setting">Another line of its settings.</param>
    public static async Task<Pooler> StartAsync(string connectionString, string mode, string setting)
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

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> AnswersAsync(int port)
    {
        Assert.False(_process.HasExited, "PgBouncer ended while it started.");
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
}
