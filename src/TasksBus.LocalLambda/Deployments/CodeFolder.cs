using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The unpacked code of one deployment. It is unpacked when it is first needed. It is removed once it is out of date and nothing runs with
/// it.
/// </summary>
internal sealed class CodeFolder(
    DeploymentStore store, string path, string codeId, Func<Task<FunctionUser?>> takeUser, Func<Task> beforeUnpacking)
{
    private readonly Lock _lock = new();
    private Task? _ready;
    private int _holds;
    private Action<CodeFolder>? _onUnused;

    public string Path { get; } = path;

    public string CodeId { get; } = codeId;

    /// <summary>The user who may read the unpacked code. Null before unpacking, and when it is the server's user.</summary>
    public FunctionUser? User { get; private set; }

    /// <summary>Unpacks the code, unless it is unpacked already.</summary>
    /// <returns>Why the code cannot be unpacked. Null when it is unpacked or about to be removed.</returns>
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

    /// <summary>Keeps the folder until <see cref="Release"/>. Returns false when the folder is about to be removed.</summary>
    /// <exception cref="PackageException">The code cannot be unpacked.</exception>
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

    /// <summary>Hands the folder out to nobody any more. The action runs once nobody holds it.</summary>
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
        // A package that ends the server, because it takes too much memory or time, would end it again at each start.
        using var attempt = store.BeginUnpacking(CodeId)
            ?? throw new PackageException(
                "The server ended several times while it unpacked this package, and does not try again: deploy the code anew, or another.");
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
