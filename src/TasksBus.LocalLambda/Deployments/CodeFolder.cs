using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The unpacked code of one deployment. It is unpacked when it is first needed, and removed when it is out of date and nothing runs
/// with it any more.
/// </summary>
internal sealed class CodeFolder(FunctionStore store, string path, string codeId, Func<Task<FunctionUser?>> takeUser, Func<Task> beforeUnpacking)
{
    private readonly Lock _lock = new();
    private Task? _ready;
    private int _holds;
    private Action<CodeFolder>? _onUnused;

    public string Path { get; } = path;

    public string CodeId { get; } = codeId;

    /// <summary>Who may read it, once it is unpacked; null where that is the server's user.</summary>
    public FunctionUser? User { get; private set; }

    /// <summary>Unpacks it, unless it is unpacked.</summary>
    /// <returns>Why it cannot be unpacked; null once it is, or where it is on its way out.</returns>
    public async Task<string?> TryUnpackAsync()
    {
        try
        {
            if (await TryHoldAsync().ConfigureAwait(false))
            {
                Release();
            }

            return null;
        }
        catch (Exception exception) when (exception is PackageException or IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    /// <summary>Keeps it until <see cref="Release"/>; false where it is on its way out.</summary>
    /// <exception cref="PackageException">It cannot be unpacked.</exception>
    public async ValueTask<bool> TryHoldAsync()
    {
        Task ready;
        lock (_lock)
        {
            if (_onUnused is not null)
            {
                return false;
            }

            _holds++;
            ready = _ready is null or { IsFaulted: true } ? _ready = Task.Run(UnpackAsync) : _ready;
        }

        try
        {
            await ready.ConfigureAwait(false);
            return true;
        }
        catch
        {
            Release();
            throw;
        }
    }

    public void Release()
    {
        Action<CodeFolder>? onUnused;
        lock (_lock)
        {
            onUnused = --_holds == 0 ? _onUnused : null;
        }

        onUnused?.Invoke(this);
    }

    /// <summary>Nobody gets it any more; the action runs once nobody has it.</summary>
    public void Retire(Action<CodeFolder> onUnused)
    {
        lock (_lock)
        {
            _onUnused = onUnused;
            if (_holds > 0)
            {
                return;
            }
        }

        onUnused(this);
    }

    private async Task UnpackAsync()
    {
        // What ends the server, by its memory or by its time, would do so at each start.
        using var attempt = store.BeginUnpacking(CodeId)
            ?? throw new PackageException("The server ended several times while it unpacked this package, and does not try again: deploy the code anew, or another.");
        await beforeUnpacking().ConfigureAwait(false);
        if (Directory.Exists(Path))
        {
            Disk.DeleteOwn(Path); // an attempt that failed
        }

        PrivateFolder.Make(Path);
        await using var file = new FileStream(store.ZipOf(CodeId), FileMode.Open, FileAccess.Read, FileShare.Read);
        await CodePackage.UnpackAsync(file, Path).ConfigureAwait(false);
        User ??= await takeUser().ConfigureAwait(false);
        if (User is not null)
        {
            Disk.HandToGroup(Path, User.Id);
        }
    }
}
