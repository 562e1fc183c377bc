using System.Collections.Concurrent;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Http;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The functions that were deployed through the API, and their states. A function is Pending until its code is unpacked, then Active. An
/// update is InProgress until it is ready to run; meanwhile the function runs as before. When a server ends, the next one continues what
/// was under way.
/// </summary>
internal sealed class FunctionDeployments : IAsyncDisposable
{
    private const string Creating = "Creating";
    private const string CreatingReason = "The function is being created.";
    private readonly DeploymentStore _store;
    private readonly HostFolder _host;
    private readonly Isolation _isolation;
    private readonly long _maxCodeSize;
    private readonly Func<Task> _beforeUnpacking;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Deployment> _all = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, Task> _underWay = new();
    private readonly SemaphoreSlim _turn = new(1);

    /// <param name="store">Where the functions are kept.</param>
    /// <param name="functions">The functions that the store held.</param>
    /// <param name="host">The folder to which their code is unpacked.</param>
    /// <param name="isolation">Decides which user owns the unpacked code.</param>
    /// <param name="options">Gives the limit for all zip files together.</param>
    /// <param name="time">Gives the time for LastModified.</param>
    /// <param name="logger">Gets the errors of work that no caller waits for.</param>
    public FunctionDeployments(
        DeploymentStore store, IReadOnlyList<SavedFunction> functions, HostFolder host, Isolation isolation,
        LocalLambdaOptions options, TimeProvider time, ILogger logger)
    {
        (_store, _host, _isolation, _maxCodeSize, _time, _logger) =
            (store, host, isolation, options.MaxCodeStorageMb * 1024L * 1024, time, logger);
        _beforeUnpacking = options.BeforeUnpacking;
        foreach (var stored in functions)
        {
            var deployment = _all[stored.Current.Name] = Deployment.Of(stored, FolderOf(stored.Current));
            if (stored.Next is not null || stored.Current.State == FunctionState.Pending)
            {
                CarryOut(deployment);
            }
        }
    }

    public ICollection<Deployment> All => _all.Values;

    /// <summary>Called with the name of a function that was changed or deleted.</summary>
    public Action<string> Changed { get; set; } = static _ => { };

    public Deployment? Find(string name) => _all.GetValueOrDefault(name);

    /// <summary>Creates the function and returns it in the state Pending.</summary>
    /// <exception cref="LambdaException">A function of that name exists, or there is no room.</exception>
    public async Task<FunctionRecord> CreateAsync(FunctionRecord wanted, ReadOnlyMemory<byte> zip)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_all.ContainsKey(wanted.Name))
            {
                throw new LambdaException(LambdaError.FunctionExists(wanted.Name));
            }

            var record = Changing(await WithCodeAsync(wanted, zip).ConfigureAwait(false)) with
            {
                State = FunctionState.Pending,
                StateReason = CreatingReason,
                StateReasonCode = Creating,
            };
            await StartAsync(Deployment.Of(new(record), FolderOf(record))).ConfigureAwait(false);
            return record;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Begins an update. Returns the function as it will be, with its update InProgress.</summary>
    /// <param name="name">The name of the function, which may have been deleted meanwhile.</param>
    /// <param name="revisionId">The revision that the caller has seen. Null for any.</param>
    /// <param name="change">Makes the new settings from the old ones, or refuses.</param>
    /// <param name="zip">The new code. Null keeps the code.</param>
    /// <exception cref="LambdaException">The change cannot be made, or not now.</exception>
    public async Task<FunctionRecord> UpdateAsync(
        string name, string? revisionId, Func<FunctionRecord, FunctionRecord> change, ReadOnlyMemory<byte>? zip)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            var deployment = CheckChangeable(name, revisionId);
            var current = deployment.Stored.Current;
            var next = change(current);
            next = Changing(zip is null ? next : await WithCodeAsync(next, zip.Value).ConfigureAwait(false)) with
            {
                LastUpdateStatus = UpdateStatus.InProgress,
                LastUpdateReason = CreatingReason,
                LastUpdateReasonCode = Creating,
            };
            await StartAsync(deployment with { Stored = new(current, next) }).ConfigureAwait(false);
            return next;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Deletes the function. Invocations that run with it run to their end.</summary>
    /// <exception cref="LambdaException">There is no such function.</exception>
    public async Task DeleteAsync(string name)
    {
        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_all.TryGetValue(name, out var deployment))
            {
                throw new LambdaException(LambdaError.FunctionNotFound(LocalFunctionName.Arn(name)));
            }

            _store.Delete(name);
            _all.TryRemove(name, out _);
            _isolation.Forget(name); // another function of its name is another user
            deployment.Code.Retire(code =>
            {
                Changed(name); // nothing runs with it from here on
                Remove(code);
            });
            if (deployment.Stored.Next is { } next && next.CodeId != deployment.Code.CodeId)
            {
                _store.DeleteCode(next.CodeId);
            }
        }
        finally
        {
            _turn.Release();
        }

        Changed(name);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_underWay.Keys).ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>Returns the function if it may be changed now and still has the revision that the caller has seen.</summary>
    public Deployment CheckChangeable(string name, string? revisionId)
    {
        var deployment = Find(name) ?? throw new LambdaException(LambdaError.FunctionNotFound(LocalFunctionName.Arn(name)));
        var shown = deployment.Stored.Shown;
        return shown.State == FunctionState.Pending ? throw new LambdaException(LambdaError.NotInState(shown.State))
            : deployment.Stored.Next is not null ? throw new LambdaException(LambdaError.UpdateInProgress(name))
            : revisionId is not null && revisionId != shown.RevisionId ? throw new LambdaException(LambdaError.OtherRevision())
            : deployment;
    }

    private FunctionRecord Changing(FunctionRecord record) =>
        record with { RevisionId = Guid.NewGuid().ToString(), LastModified = _time.GetUtcNow() };

    private async Task<FunctionRecord> WithCodeAsync(FunctionRecord record, ReadOnlyMemory<byte> zip)
    {
        var id = Guid.NewGuid().ToString("N");
        var kept = _all.Values.Sum(static deployment => deployment.Stored.Shown.CodeSize);
        if (kept + zip.Length > _maxCodeSize)
        {
            throw new LambdaException(LambdaError.CodeStorageExceeded());
        }

        await _store.WriteCodeAsync(id, zip).ConfigureAwait(false);
        return record with { CodeId = id, CodeSize = zip.Length, CodeSha256 = CodePackage.Sha256(zip.Span) };
    }

    private CodeFolder FolderOf(FunctionRecord record) =>
        new(_store, _host.CodePath(record.CodeId), record.CodeId, () => _isolation.TakeAsync(record.Name), _beforeUnpacking);

    private async Task KeepAsync(Deployment deployment)
    {
        await _store.SaveAsync(deployment.Stored).ConfigureAwait(false);
        _all[deployment.Stored.Current.Name] = deployment;
    }

    private async Task StartAsync(Deployment deployment)
    {
        await KeepAsync(deployment).ConfigureAwait(false);
        CarryOut(deployment);
    }

    private void CarryOut(Deployment deployment)
    {
        var work = Task.Run(() => CarryOutAsync(deployment));
        _underWay[work] = work;
        _ = work.ContinueWith(done => _underWay.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>Unpacks new code and then lets the function run, or records why it cannot.</summary>
    private async Task CarryOutAsync(Deployment deployment)
    {
        var name = deployment.Stored.Current.Name;
        try
        {
            var wanted = deployment.Stored.Shown;
            var code = wanted.CodeId == deployment.Code.CodeId ? deployment.Code : FolderOf(wanted);
            var problem = await code.TryUnpackAsync().ConfigureAwait(false);
            await _turn.WaitAsync().ConfigureAwait(false);
            try
            {
                await FinishAsync(deployment, code, problem).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }

            Changed(name);
        }
#pragma warning disable CA1031 // Nobody waits for the outcome: the log is the only place for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LocalLambdaLog.DeploymentFailed(_logger, name, exception);
        }
    }

    private async Task FinishAsync(Deployment deployment, CodeFolder code, string? problem)
    {
        var stored = deployment.Stored;
        if (!ReferenceEquals(Find(stored.Current.Name), deployment))
        {
            code.Retire(Remove); // deleted meanwhile
            if (Find(stored.Current.Name) is null)
            {
                _isolation.Forget(stored.Current.Name);
            }

            return;
        }

        if (problem is null)
        {
            await KeepAsync(Deployment.Of(new(stored.Shown.AsActive()), code)).ConfigureAwait(false);
            if (deployment.Code != code)
            {
                deployment.Code.Retire(Remove);
            }
        }
        else if (stored.Next is null)
        {
            var failed =
                stored.Current with { State = FunctionState.Failed, StateReason = problem, StateReasonCode = "InvalidZipFileException" };
            await KeepAsync(deployment with { Stored = new(failed) }).ConfigureAwait(false);
        }
        else
        {
            var kept = stored.Current with
            {
                LastUpdateStatus = UpdateStatus.Failed,
                LastUpdateReason = problem,
                LastUpdateReasonCode = "InvalidZipFileException",
            };
            await KeepAsync(deployment with { Stored = new(kept) }).ConfigureAwait(false);
            code.Retire(Remove);
        }
    }

    private void Remove(CodeFolder code)
    {
        try
        {
            _store.DeleteCode(code.CodeId);
            if (Directory.Exists(code.Path))
            {
                Disk.DeleteOwn(code.Path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LocalLambdaLog.FolderKept(_logger, code.Path, exception.Message); // the next start removes it
        }

        if (code.User is { } user)
        {
            _isolation.Release(user);
        }
    }
}
