namespace TasksBus;

/// <summary>Waits that grow from 100 ms to 5 s, with jitter, so that many waiters do not come back at once.</summary>
internal sealed class Backoff(TimeProvider clock)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = TimeSpan.FromMilliseconds(100);

    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_next * (0.5 + Random.Shared.NextDouble() / 2), clock, cancellationToken);
        _next = _next * 2 < s_longest ? _next * 2 : s_longest;
    }
}
