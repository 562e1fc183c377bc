namespace TasksBus;

/// <summary>Waits that grow from 100 ms to 5 s, with jitter so that many waiters do not come back at once.</summary>
/// <remarks>
/// Polly is not used. Half of the users of this class wait for a condition, and the others try until they are told to stop. Both need one
/// line here, and no package.
/// </remarks>
public sealed class Backoff(TimeProvider clock)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    private TimeSpan _next = TimeSpan.FromMilliseconds(100);

    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(_next * (0.5 + Random.Shared.NextDouble() / 2), clock, cancellationToken);
        _next = _next * 2 < s_longest ? _next * 2 : s_longest;
    }

    /// <summary>Repeats a step until it no longer fails with a temporary failure.</summary>
    /// <typeparam name="TPassing">The exception of a temporary failure.</typeparam>
    /// <param name="failed">Called with each temporary failure.</param>
    /// <exception cref="OperationCanceledException">The token was canceled while waiting for the next try.</exception>
    public static async Task<T> RetryAsync<T, TPassing>(
        TimeProvider clock, Func<Task<T>> step, Action<TPassing> failed, CancellationToken cancellationToken)
        where TPassing : Exception
    {
        var backoff = new Backoff(clock);
        while (true)
        {
            try
            {
                return await step();
            }
            catch (TPassing exception)
            {
                failed(exception);
                await backoff.WaitAsync(cancellationToken);
            }
        }
    }
}
