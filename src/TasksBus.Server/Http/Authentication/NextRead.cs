namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// A read that many callers share: each gets the answer of one that begins after it asked, so what was changed before holds. One read runs at a time, however many
/// ask.
/// </summary>
/// <param name="apart">How long after the beginning of one read the next may begin.</param>
internal sealed class NextRead<T>(Func<Task<T>> read, TimeSpan apart, TimeProvider time)
{
    private readonly Lock _lock = new();
    private Task _current = Task.CompletedTask;
    private Task<T>? _next;
    private long? _begunAt;

    public Task<T> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var current = _current;
            return (_next ??= Task.Run(() => ReadAsync(current), CancellationToken.None)).WaitAsync(cancellationToken);
        }
    }

    private async Task<T> ReadAsync(Task before)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_begunAt is { } begunAt && apart - time.GetElapsedTime(begunAt) is var wait && wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, time);
        }

        lock (_lock)
        {
            // Who asks from now on gets the one after this.
            (_current, _next, _begunAt) = (_next!, null, time.GetTimestamp());
        }

        return await read();
    }
}
