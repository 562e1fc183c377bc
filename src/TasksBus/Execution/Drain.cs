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

    /// <summary>How much of the rest functions get that were asked to end.</summary>
    private static readonly TimeSpan s_more = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _ended;
    private readonly CancellationTokenRegistration _stopping;
    private readonly TimeProvider _clock;

    /// <param name="timeout">How long running work may take to end.</param>
    /// <param name="begun">Called when the server is told to stop, before any part of it is stopped.</param>
    public Drain(IHostApplicationLifetime lifetime, TimeSpan timeout, TimeProvider clock, Action? begun = null)
    {
        (_clock, _patience, _ended) = (clock, new(Timeout.InfiniteTimeSpan, clock), new(Timeout.InfiniteTimeSpan, clock));
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

    /// <summary>Waits a moment more, for functions that were asked to end when the time was over.</summary>
    public async Task WaitMoreAsync(Slots slots)
    {
        using CancellationTokenSource more = new(s_more, _clock);
        await slots.UntilAllAreFreeAsync(more.Token);
    }

    public void Dispose()
    {
        _stopping.Dispose();
        _patience.Dispose();
        _ended.Dispose();
    }
}
