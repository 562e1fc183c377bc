#if NET
namespace TasksBus.Contracts;

/// <summary>How clients make a call that has the same effect when it is made twice.</summary>
internal static class Tries
{
    /// <summary>Makes a call until it is answered, or until the time for that is over. The last failure is thrown then.</summary>
    /// <param name="call">Makes the call once.</param>
    /// <param name="retryFor">How long it is made again after its first failure.</param>
    /// <param name="again">Told of each pause, and of the failure before it.</param>
    /// <exception cref="TasksBusException">The server refused, or no answer came.</exception>
    public static async Task<T> UntilAnsweredAsync<T>(
        Func<Task<T>> call, TimeSpan retryFor, TimeProvider time, Action<TimeSpan, TasksBusUnavailableException> again,
        CancellationToken cancellationToken)
    {
        long? failedAt = null;
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (TasksBusUnavailableException failure)
            {
                failedAt ??= time.GetTimestamp();
                var pause = Pauses.Before(tries, failure.RetryAfter);
                if (time.GetElapsedTime(failedAt.Value) + pause > retryFor)
                {
                    throw;
                }

                again(pause, failure);
                await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
#endif
