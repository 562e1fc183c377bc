using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Worker.Hosting;

/// <summary>
/// An engine whose start needs the database. If the database is away, the application starts without it, and the start is tried again
/// until the application stops.
/// </summary>
internal sealed class LateStart(IServiceProvider application) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _waiting = Task.CompletedTask;
    private OwnEngine? _engine;

    /// <summary>The container of the engine. Null until it has started.</summary>
    public IServiceProvider? Services => Volatile.Read(ref _engine)?.Services;

    /// <summary>Starts, now or later. What forbids the start is thrown; when that is found later, it stops the application.</summary>
    /// <param name="start">Starts the engine. When it fails, it leaves nothing open.</param>
    /// <param name="waits">Told of each time that the database could not be reached.</param>
    public async Task RunAsync(
        Func<CancellationToken, Task<OwnEngine>> start, Action<StoreUnavailableException> waits, CancellationToken cancellationToken)
    {
        try
        {
            Volatile.Write(ref _engine, await start(cancellationToken));
        }
        catch (StoreUnavailableException exception)
        {
            waits(exception);
            _waiting = Task.Run(() => StartLaterAsync(start, waits), CancellationToken.None);
        }
    }

    /// <summary>Waits no longer for the database, and stops the engine.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await AnyThread.GoOn();
        await _stopping.CancelAsync();
        await _waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_engine is not null)
        {
            await _engine.StopAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await AnyThread.GoOn();
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private async Task StartLaterAsync(Func<CancellationToken, Task<OwnEngine>> start, Action<StoreUnavailableException> waits)
    {
        try
        {
            var engine = await Backoff.RetryAsync(OwnEngine.ClockOf(application), () => start(_stopping.Token), waits, _stopping.Token);
            Volatile.Write(ref _engine, engine);
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            WorkerLog.CannotStart(application.GetRequiredService<ILogger<LateStart>>(), exception);
            application.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        }
    }
}
