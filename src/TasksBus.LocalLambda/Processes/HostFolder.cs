using System.Reflection;
using System.Runtime.Versioning;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// A folder for the sockets, bootstraps and unpacked functions of one server: private (0700), or, where functions have users of their own, one
/// that they can pass through but not list (0711). It holds a lock as long as its server lives; a folder whose lock is free was left behind by
/// a killed server and is removed by the next one to start.
/// </summary>
internal sealed class HostFolder : IDisposable
{
    private const string Prefix = "tasksbus-locallambda-";
    private const string LockName = "lock";
    private const int LongestSocketPath = 100; // sun_path holds 104 bytes on macOS, 108 on Linux
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Passable = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly FileStream _lock;

    private HostFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    public string Path { get; }

    public string NodeBootstrap => SocketPath("bootstrap.mjs");

    public string PythonBootstrap => SocketPath("bootstrap.py");

    public string Supervisor => SocketPath("supervisor.sh");

    /// <summary>Where the users of functions have their own folders.</summary>
    public string Homes => SocketPath("home");

    public static HostFolder Create(ILogger logger)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new LocalLambdaStartException("Local functions run on Linux and macOS; on Windows, run them inside WSL.");
        }

        var temp = System.IO.Path.GetTempPath();
        if (temp.Length + Prefix.Length + 30 > LongestSocketPath || (Isolation.IsRoot && !IsOpenToAll(temp)))
        {
            temp = "/tmp";
        }

        if (!Directory.Exists(temp))
        {
            throw new LocalLambdaStartException($"The folder for temporary files (TMPDIR), '{temp}', does not exist.");
        }

        RemoveAbandoned(temp, logger);
        var folder = CreateLocked(temp);
        foreach (var resource in new[] { "bootstrap.mjs", "bootstrap.py", "supervisor.sh" })
        {
            using var source = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using var target = File.Create(folder.SocketPath(resource));
            source.CopyTo(target);
            File.SetUnixFileMode(target.SafeFileHandle, Private | (Isolation.IsRoot ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : 0));
        }

        foreach (var inner in new[] { folder.Homes, folder.CodePath("") })
        {
            Directory.CreateDirectory(inner, FolderMode);
        }

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
            Directory.CreateDirectory(path, FolderMode);
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

    private static UnixFileMode FolderMode => Private | UnixFileMode.UserExecute | (Isolation.IsRoot ? Passable : 0);

    /// <summary>Whether every user gets through to it.</summary>
    [UnsupportedOSPlatform("windows")]
    private static bool IsOpenToAll(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (at.Exists && !at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
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
