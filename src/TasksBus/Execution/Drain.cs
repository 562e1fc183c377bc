using Microsoft.Extensions.Hosting;

namespace TasksBus.Execution;

/// <summary>
/// The patience of a stopping server with what runs. It counts from the moment at which the server is told to stop, for all its parts
/// alike:
/// parts that stop one after the other do not wait one after the other.
/// </summary>
internal sealed class Drain : IDisposable
{
    /// <summary>For what is to be done once nothing runs any more, such as to store outcomes. All parts together have 15 s.</summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _stopping;

    /// <param name="timeout">How long what runs may take to end.</param>
    /// <param name="begun">Called when the server is told to stop, before any part of it is stopped.</param>
    public Drain(IHostApplicationLifetime lifetime, TimeSpan timeout, TimeProvider clock, Action? begun = null)
    {
        (_patience, _ended) = (new(Timeout.InfiniteTimeSpan, clock), new(Timeout.InfiniteTimeSpan, clock));
        _stopping = lifetime.ApplicationStopping.Register(() =>
        {
            _patience.CancelAfter(timeout);
            _ended.CancelAfter(timeout + s_rest);
            begun?.Invoke();
        });
    }

    /// <summary>Canceled when nothing is waited for any more.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Waits until all slots are free, or the time is over.</summary>
    public Task WaitAsync(Slots slots) => slots.UntilAllAreFreeAsync(_patience.Token);

    public void Dispose()
    {
        _stopping.Dispose();
        _patience.Dispose();
        _ended.Dispose();
    }
}
