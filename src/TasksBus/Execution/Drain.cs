using Microsoft.Extensions.Hosting;

namespace TasksBus.Execution;

/// <summary>
/// The patience of a stopping server with what runs for callers: it counts from the moment at which the server is told to stop, for requests
/// whose callers still wait are waited for before anything else is stopped.
/// </summary>
internal sealed class Drain : IDisposable
{
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenRegistration _stopping;

    public Drain(IHostApplicationLifetime lifetime, TimeSpan timeout, TimeProvider clock)
    {
        _patience = new(Timeout.InfiniteTimeSpan, clock);
        _stopping = lifetime.ApplicationStopping.Register(() => _patience.CancelAfter(timeout));
    }

    /// <summary>Waits until all slots are free, or the time is over.</summary>
    public Task WaitAsync(Slots slots) => slots.UntilAllAreFreeAsync(_patience.Token);

    public void Dispose()
    {
        _stopping.Dispose();
        _patience.Dispose();
    }
}
