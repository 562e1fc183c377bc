using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Processes;

/// <summary>A user of the system that one deployed function runs as.</summary>
/// <param name="Id">User and group id; no account has it.</param>
/// <param name="Home">A folder of its own, for HOME and TMPDIR.</param>
internal sealed record FunctionUser(int Id, string Home);

/// <summary>
/// Keeps functions apart where the server runs as root on Linux: each deployed function runs as a user of its own, a folder's function as root
/// without root's powers, which cannot look into the server or into deployed functions. Elsewhere all run as the server's user.
/// </summary>
internal sealed partial class Isolation : IDisposable
{
    // Above where accounts are made and below what systemd and nobody take; a user namespace often maps no id above 65,535.
    private const int FirstId = 40_000;
    private const int LastId = 59_999;
    private const int BlockSize = 1_000;

    private static readonly string[] Powerless = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];
    private readonly string? _setpriv;
    private readonly string _homes;
    private readonly string[] _folderPrefix;
    private readonly int _firstId;
    private readonly Socket? _block;
    private readonly ConcurrentDictionary<string, FunctionUser> _users = new(StringComparer.Ordinal);
    private int _next;

    private Isolation(string? setpriv, string homes, bool foldersToo, Socket? block, int firstId)
    {
        (_setpriv, _homes, _block, _firstId) = (setpriv, homes, block, firstId);
        _folderPrefix = foldersToo ? [setpriv!, .. Powerless] : [];
    }

    /// <summary>Whether deployed functions have users of their own.</summary>
    public bool HasUsers => _setpriv is not null;

    /// <summary>Whether the server could keep functions apart, and setpriv is all it needs for that.</summary>
    public static bool IsRoot => OperatingSystem.IsLinux() && EffectiveUser() == 0;

    public static int ServerUser => EffectiveUser();

    /// <param name="homes">Where the users' folders are made.</param>
    /// <param name="functionsPath">What a folder's function must be able to read.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    public static async Task<Isolation> FindAsync(string homes, string functionsPath, CancellationToken cancellationToken)
    {
        if (!IsRoot || Programs.Find("setpriv") is not { } setpriv
            || !await Programs.RunsAsync([setpriv, .. As(FirstId), .. Powerless, "true"], cancellationToken).ConfigureAwait(false))
        {
            return new(null, homes, foldersToo: false, null, 0);
        }

        // Root without its powers cannot read a folder that is another user's alone: such functions keep them.
        var foldersToo = await Programs.RunsAsync([setpriv, .. Powerless, "ls", functionsPath], cancellationToken).ConfigureAwait(false);
        var (block, firstId) = TakeBlock();
        return new(setpriv, homes, foldersToo, block, firstId);
    }

    /// <summary>What a command line starts with, so that the rest runs as that user; null is for a folder's function.</summary>
    public IReadOnlyList<string> Prefix(FunctionUser? user) => user is null ? _folderPrefix : [_setpriv!, .. As(user.Id), .. Powerless];

    /// <summary>As <see cref="Prefix"/>, for some user: to try whether a program can be run by one.</summary>
    public IReadOnlyList<string> PrefixOfAnybody() => HasUsers ? [_setpriv!, .. As(_firstId), .. Powerless] : [];

    /// <summary>The user of a deployed function, the same for all its versions; null where there are none.</summary>
    public FunctionUser? UserOf(string functionName) => HasUsers ? _users.GetOrAdd(functionName, NewUser) : null;

    /// <summary>The function is gone, and so is what ran as its user.</summary>
    public void Forget(string functionName)
    {
        if (_users.TryRemove(functionName, out var user))
        {
            Directory.Delete(user.Home, recursive: true);
        }
    }

    public void Dispose() => _block?.Dispose();

    private static string[] As(int id) => [$"--reuid={Text(id)}", $"--regid={Text(id)}", "--clear-groups"];

    private static string Text(int id) => id.ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// A thousand ids that no other server on this machine uses: an abstract socket's name is one server's at a time, and free when it ends, however it ends.
    /// </summary>
    private static (Socket Block, int FirstId) TakeBlock()
    {
        for (var id = FirstId; id < LastId; id += BlockSize)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint($"\0tasksbus-locallambda-users-{Text(id)}"));
                return (socket, id + 1);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new LocalLambdaStartException("Twenty servers of local functions run as root on this machine already: end one, or run this one as another user.");
    }

    private FunctionUser NewUser(string functionName)
    {
        lock (_users)
        {
            var taken = _users.Values.Select(static user => user.Id).ToHashSet();
            for (var tried = 0; tried < BlockSize - 1; tried++)
            {
                var id = _firstId + (_next++ % (BlockSize - 1));
                if (!taken.Contains(id))
                {
                    var home = Path.Combine(_homes, Text(id));
                    Disk.MakePrivateFolder(home);
                    Disk.Own(home, id, id);
                    return new(id, home);
                }
            }
        }

        throw new InvalidOperationException($"{functionName} cannot run: {BlockSize - 1} deployed functions have run already, and a server has no more users for them.");
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial int EffectiveUser();
}
