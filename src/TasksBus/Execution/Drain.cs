using Microsoft.Extensions.Hosting;

namespace TasksBus.Execution;

/// <summary>
/// How long a stopping server waits for what runs. The time counts from the moment when the server is told to stop, for all its parts
/// alike. So parts that stop one after the other do not add up their waits.
/// </summary>
internal sealed class Drain : IDisposable
{
    /// <summary>
    /// The time for work that remains once nothing runs any more, such as storing outcomes. All parts together have 15 s.
    /// </summary>
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _stopping;

    /// <param name="timeout">How long running work may take to end.</param>
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
