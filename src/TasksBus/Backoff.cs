namespace TasksBus;

/// <summary>Waits that double until they are the longest, with jitter, so that many waiters do not come back at once.</summary>
/// <param name="clock">The clock of the waits.</param>
/// <param name="first">The first wait.</param>
/// <param name="longest">The longest.</param>
internal sealed class Backoff(TimeProvider clock, TimeSpan first, TimeSpan longest)
{
    private TimeSpan _next = first;

    /// <summary>From 100 ms to 5 s: for what is away.</summary>
    public Backoff(TimeProvider clock)
        : this(clock, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5))
    {
    }

    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Next(), clock, cancellationToken);

    /// <summary>The next wait: half of its length at least.</summary>
    internal TimeSpan Next()
    {
        var wait = _next * (0.5 + Random.Shared.NextDouble() / 2);
        _next = _next * 2 < longest ? _next * 2 : longest;
        return wait;
    }

    /// <summary>Takes a step again and again until it does not fail in a way that passes.</summary>
    /// <typeparam name="TPassing">What passes by itself.</typeparam>
    /// <param name="failed">Told of each failure that passes.</param>
    /// <exception cref="OperationCanceledException">The token was canceled while waiting for the next try.</exception>
    public static async Task<T> RetryAsync<T, TPassing>(TimeProvider clock, Func<Task<T>> step, Action<TPassing> failed, CancellationToken cancellationToken)
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
