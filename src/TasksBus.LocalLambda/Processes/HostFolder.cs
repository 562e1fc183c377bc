using System.Reflection;
using System.Runtime.Versioning;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// A private folder (0700) for the sockets and the bootstrap of one server. It holds a lock as long as its server lives;
/// a folder whose lock is free was left behind by a killed server and is removed by the next one to start.
/// </summary>
internal sealed class HostFolder : IDisposable
{
    private const string Prefix = "tasksbus-locallambda-";
    private const string LockName = "lock";
    private const int LongestSocketPath = 100; // sun_path holds 104 bytes on macOS, 108 on Linux
    private readonly FileStream _lock;

    private HostFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
        Bootstrap = System.IO.Path.Combine(path, "bootstrap.mjs");
    }

    public string Path { get; }

    public string Bootstrap { get; }

    public static HostFolder Create(ILogger logger)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new LocalLambdaStartException("Local functions run on Linux and macOS; on Windows, run them inside WSL.");
        }

        var temp = System.IO.Path.GetTempPath();
        if (temp.Length + Prefix.Length + 30 > LongestSocketPath)
        {
            temp = "/tmp";
        }

        if (!Directory.Exists(temp))
        {
            throw new LocalLambdaStartException($"The folder for temporary files (TMPDIR), '{temp}', does not exist.");
        }

        RemoveAbandoned(temp, logger);
        var folder = CreateLocked(temp);
        using var source = Assembly.GetExecutingAssembly().GetManifestResourceStream("bootstrap.mjs")!;
        using var target = File.Create(folder.Bootstrap);
        source.CopyTo(target);
        return folder;
    }

    /// <summary>Where the code of a deployed function is unpacked to.</summary>
    public string CodePath(string codeId) => System.IO.Path.Combine(Path, "code", codeId);

    public string SocketPath(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A process that started in this very moment left its socket: the next server removes the folder.
        }

        _lock.Dispose();
    }

    [UnsupportedOSPlatform("windows")]
    private static HostFolder CreateLocked(string temp)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = System.IO.Path.Combine(temp, Prefix + Guid.NewGuid().ToString("N")[..12]);
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            try
            {
                return new HostFolder(path, OpenLock(path, FileMode.Create));
            }
            catch (IOException) when (attempt < 3)
            {
                // Another server that starts just now took it for an abandoned one, between its making and its locking.
            }
        }
    }

    private static FileStream OpenLock(string folder, FileMode mode) =>
        new(System.IO.Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);

    private static void RemoveAbandoned(string temp, ILogger logger)
    {
        foreach (var folder in Directory.EnumerateDirectories(temp, Prefix + "*"))
        {
            try
            {
                // A folder without a lock file belongs to a server that is starting this very moment.
                using var taken = OpenLock(folder, FileMode.Open);
                Directory.Delete(folder, recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Log.FolderKept(logger, folder, exception.Message);
            }
        }
    }
}
