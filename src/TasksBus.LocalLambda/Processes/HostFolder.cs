using System.Reflection;
using System.Runtime.Versioning;
using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// A folder for the sockets, bootstraps and unpacked functions of one server. It is private (0700). If functions have users of their own,
/// these can pass through it but not list it (0711). It holds a lock as long as its server lives. A folder whose lock is free was left
/// behind by a killed server; the next server to start removes it.
/// </summary>
internal sealed class HostFolder : IDisposable
{
    private const string Prefix = "tasksbus-locallambda-";
    private const string LockName = "lock";
    private const string HomesName = "home";
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

    public string Supervisor => SocketPath("supervisor.pl");

    /// <summary>The folder that holds the folders of the functions' users.</summary>
    public string Homes => SocketPath(HomesName);

    public static HostFolder Create()
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

        try
        {
            return CreateIn(temp);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalLambdaStartException(
                $"The folder for temporary files (TMPDIR), '{temp}', cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Removes what killed servers left. Anybody may create a folder of such a name, so another user's folder is not touched. Files that a
    /// function's user put into one of our folders are removed as that user.
    /// </summary>
    public async Task RemoveAbandonedAsync(Isolation isolation, ILogger logger)
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetDirectoryName(Path)!, Prefix + "*")
            .Where(folder => folder != Path && Disk.IsOwn(folder)))
        {
            try
            {
                // Without a lock file, another server is removing the folder at this very moment.
                using var taken = OpenLock(folder, FileMode.Open);
                var homes = System.IO.Path.Combine(folder, HomesName);
                foreach (var home in Directory.Exists(homes) ? Directory.GetDirectories(homes) : [])
                {
                    await isolation.EmptyAsync(home, Disk.OwnerOf(home) ?? 0).ConfigureAwait(false);
                }

                Disk.DeleteOwn(folder);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                LocalLambdaLog.FolderKept(logger, folder, exception.Message);
            }
        }
    }

    /// <summary>The folder to which the code of a deployed function is unpacked.</summary>
    public string CodePath(string codeId) => System.IO.Path.Combine(Path, "code", codeId);

    public string SocketPath(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Disk.DeleteOwn(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A process that started at this very moment left its socket. The next server removes the folder.
        }

        _lock.Dispose();
    }

    [UnsupportedOSPlatform("windows")]
    private static HostFolder CreateIn(string temp)
    {
        var folder = CreateLocked(temp);
        try
        {
            folder.Fill();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    [UnsupportedOSPlatform("windows")]
    private void Fill()
    {
        foreach (var resource in new[] { "bootstrap.mjs", "bootstrap.py", "supervisor.pl" })
        {
            using var source = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
            using var target = File.Create(SocketPath(resource));
            source.CopyTo(target);
            File.SetUnixFileMode(target.SafeFileHandle, Private | (Isolation.IsRoot ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : 0));
        }

        foreach (var inner in new[] { Homes, CodePath("") })
        {
            Directory.CreateDirectory(inner, FolderMode);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static HostFolder CreateLocked(string temp)
    {
        // The folder gets its name only once it is locked. Otherwise another server that starts now would take it for an abandoned one.
        var name = Prefix + Guid.NewGuid().ToString("N")[..12];
        var (path, made) = (System.IO.Path.Combine(temp, name), System.IO.Path.Combine(temp, "." + name));
        Directory.CreateDirectory(made, FolderMode);
        var @lock = OpenLock(made, FileMode.CreateNew);
        try
        {
            Directory.Move(made, path);
            return new HostFolder(path, @lock);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    private static UnixFileMode FolderMode => Private | UnixFileMode.UserExecute | (Isolation.IsRoot ? Passable : 0);

    /// <summary>Returns true when every user can pass through to it.</summary>
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
}
