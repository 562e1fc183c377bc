using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Keeps functions apart when the server runs as root on Linux. Each deployed function runs as a user of its own. A folder's function runs
/// as root without root's capabilities, so it cannot look into the server or into deployed functions. On other systems, or as another user,
/// all functions run as the server's user.
/// </summary>
internal sealed partial class Isolation : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // of the last of ever longer waits

    private static readonly string[] s_temporary = [
        .. new[] { Path.GetTempPath(), "/tmp", "/var/tmp", "/dev/shm" }.Where(Directory.Exists).Select(Path.TrimEndingDirectorySeparator)
        .Distinct()];
    private static readonly string[] Powerless = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
    private readonly string? _setpriv;
    private readonly string _homes;
    private readonly string[] _folderPrefix;
    private readonly UserIds? _ids;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, FunctionUser> _users = new(StringComparer.Ordinal);
    private readonly Dictionary<int, FunctionUser> _taken = []; // those of functions that are gone, too, until nothing of theirs is left
    private readonly List<Task> _ending = [];
    private int _next;

    private Isolation(string? setpriv, string homes, bool foldersToo, UserIds? ids, ILogger logger)
    {
        (_setpriv, _homes, _ids, _logger) = (setpriv, homes, ids, logger);
        _folderPrefix = foldersToo ? [setpriv!, .. Powerless] : [];
    }

    /// <summary>True when deployed functions have users of their own.</summary>
    public bool HasUsers => _setpriv is not null;

    /// <summary>True when the server could keep functions apart and needs only setpriv for that.</summary>
    public static bool IsRoot => OperatingSystem.IsLinux() && EffectiveUser() == 0;

    public static int ServerUser => EffectiveUser();

    /// <param name="homes">The folder in which the users' folders are made.</param>
    /// <param name="functionsPath">The folder that a folder's function must be able to read.</param>
    /// <param name="logger">Gets what cannot be ended or removed.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<Isolation> FindAsync(string homes, string functionsPath, ILogger logger, CancellationToken cancellationToken)
    {
        if (!IsRoot || Programs.Find("setpriv") is not { } setpriv
            || !await Programs.RunsAsync([setpriv, .. As(UserIds.Lowest), .. Powerless, "true"], cancellationToken).ConfigureAwait(false))
        {
            return new(null, homes, foldersToo: false, null, logger);
        }

        // Root without its capabilities cannot read a folder that only another user may read. Functions in such folders keep the
        // capabilities.
        var foldersToo = await Programs.RunsAsync([setpriv, .. Powerless, "ls", functionsPath], cancellationToken).ConfigureAwait(false);
        return new(setpriv, homes, foldersToo, UserIds.Take(), logger);
    }

    /// <summary>The start of a command line that runs the rest as the user. Null is for a folder's function.</summary>
    public IReadOnlyList<string> Prefix(FunctionUser? user) => user is null ? _folderPrefix : [_setpriv!, .. As(user.Id), .. Powerless];

    /// <summary>Like <see cref="Prefix"/>, but for an arbitrary user: to try whether such a user can run a program.</summary>
    public IReadOnlyList<string> PrefixOfAnybody() => _ids is null ? [] : [_setpriv!, .. As(_ids.First), .. Powerless];

    /// <summary>
    /// Returns the user of a deployed function, the same for all its versions, until <see cref="Release"/>. Null when functions have no
    /// users.
    /// </summary>
    /// <exception cref="IOException">No user is left, or something runs as the next one and cannot be ended.</exception>
    public async Task<FunctionUser?> TakeAsync(string functionName)
    {
        if (!HasUsers)
        {
            return null;
        }

        FunctionUser user;
        lock (_lock)
        {
            if (!_users.TryGetValue(functionName, out user!))
            {
                _users[functionName] = user = NewUser(functionName);
            }

            user.Holds++;
        }

        try
        {
            await user.Ready.Value.ConfigureAwait(false);
            return user;
        }
        catch
        {
            // The next deployment gets another user.
            lock (_lock)
            {
                if (_users.GetValueOrDefault(functionName) == user)
                {
                    _users.Remove(functionName);
                }

                user.IsGone = true;
            }

            Release(user);
            throw;
        }
    }

    /// <summary>A version of the function is gone, and nothing runs with it any more.</summary>
    public void Release(FunctionUser user)
    {
        lock (_lock)
        {
            user.Holds--;
            EndIfUnused(user);
        }
    }

    /// <summary>
    /// The function is deleted. Once its last version is gone, everything that runs as its user is ended, and only then the id is used
    /// again.
    /// </summary>
    public void Forget(string functionName)
    {
        lock (_lock)
        {
            if (_users.Remove(functionName, out var user))
            {
                user.IsGone = true;
                EndIfUnused(user);
            }
        }
    }

    /// <summary>Ends everything that runs as a function's user, and removes the files that these users left.</summary>
    public async ValueTask DisposeAsync()
    {
        Task[] ending;
        lock (_lock)
        {
            foreach (var user in _users.Values)
            {
                _ending.Add(Task.Run(() => EndAsync(user)));
            }

            _users.Clear();
            ending = [.. _ending];
        }

        await Task.WhenAll(ending).ConfigureAwait(false);
        _ids?.Dispose(); // the ids are another server's from here on
    }

    /// <summary>
    /// Removes the contents of a folder that a function's user owns. It does so as that user, so a link to elsewhere gives no more access
    /// than the user has.
    /// </summary>
    public async Task EmptyAsync(string home, int ownerId)
    {
        if (HasUsers && ownerId is >= UserIds.Lowest and <= UserIds.Highest)
        {
            await RunAsAsync(ownerId, "find \"$1\" -mindepth 1 -delete", home).ConfigureAwait(false);
        }
    }

    private static string[] As(int id) => [$"--reuid={Text(id)}", $"--regid={Text(id)}", "--clear-groups"];

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);

    private FunctionUser NewUser(string functionName)
    {
        for (var tried = 0; tried < UserIds.Count; tried++)
        {
            var id = _ids!.First + (_next++ % UserIds.Count);
            // Everything that runs as the user is ended and its files are removed, so an id of somebody's account must never be taken.
            if (!_taken.ContainsKey(id) && Account(id) == 0)
            {
                return _taken[id] = new(id, Path.Combine(_homes, Text(id)), PrepareAsync);
            }
        }

        throw new IOException(
            $"{functionName} cannot run: no user is left for it. A server has {UserIds.Count}, from {Text(_ids!.First)} on, less those "
                + "that are accounts of this machine.");
    }

    /// <summary>A server that was killed may have left processes or files of this id.</summary>
    private async Task PrepareAsync(FunctionUser user)
    {
        PrivateFolder.Make(user.Home);
        Disk.Own(user.Home, user.Id, user.Id);
        if (!await EndAllOfAsync(user).ConfigureAwait(false))
        {
            throw new IOException(
                $"Processes of the user {Text(user.Id)} do not end: a function needs it for its own. End them, then "
                    + "deploy the function again.");
        }
    }

    private void EndIfUnused(FunctionUser user)
    {
        if (user.IsGone && user.Holds == 0)
        {
            _ending.RemoveAll(static task => task.IsCompleted);
            _ending.Add(Task.Run(() => EndAsync(user)));
        }
    }

    private async Task EndAsync(FunctionUser user)
    {
        try
        {
            if (!await EndAllOfAsync(user).ConfigureAwait(false))
            {
                LocalLambdaLog.UserStays(_logger, user.Id, "its processes do not end");
                return;
            }

            if (Directory.Exists(user.Home))
            {
                Directory.Delete(user.Home);
            }

            lock (_lock)
            {
                _taken.Remove(user.Id);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LocalLambdaLog.UserStays(_logger, user.Id, exception.Message);
        }
    }

    /// <summary>
    /// Ends everything that runs as the user and removes its files, in its home and directly below the folders for temporary files. Returns
    /// false when something still runs.
    /// </summary>
    /// <remarks>The kernel sends a signal to all processes in one step, so a process that is just starting does not escape it.</remarks>
    private async Task<bool> EndAllOfAsync(FunctionUser user)
    {
        for (var pause = TimeSpan.FromMilliseconds(1); ; pause *= 2)
        {
            await RunAsAsync(user.Id, "kill -s KILL -- -1").ConfigureAwait(false);
            if (!ProcessTree.OfUser(user.Id).Any())
            {
                break;
            }

            if (pause > Patience)
            {
                return false;
            }

            await Task.Delay(pause).ConfigureAwait(false);
        }

        await RunAsAsync(
            user.Id, "find \"$1\" -mindepth 1 -delete; shift; find \"$@\" -mindepth 1 -maxdepth 1 -user \"$(id -u)\" -exec rm -rf {} +",
            [user.Home, .. s_temporary]).ConfigureAwait(false);
        return true;
    }

    /// <exception cref="IOException">This machine cannot start a process now.</exception>
    private async Task<bool> RunAsAsync(int userId, string script, params string[] arguments)
    {
        try
        {
            return await Programs.RunsAsync(
                [_setpriv!, .. As(userId), .. Powerless, InstalledRuntimes.Shell, "-c", script, "sh", .. arguments],
                CancellationToken.None).ConfigureAwait(false);
        }
        catch (Win32Exception exception)
        {
            throw new IOException($"No process could be started: {exception.Message}", exception);
        }
    }

    /// <summary>Returns null when nobody has the id, here or in a directory service that this machine uses.</summary>
    [LibraryImport("libc", EntryPoint = "getpwuid")]
    private static partial nint Account(int id);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int EffectiveUser();
}
