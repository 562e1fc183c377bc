namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// A read that many callers share. Each caller gets the result of a read that begins after its request, so earlier changes are in it. One
/// read runs at a time, however many callers ask.
/// </summary>
/// <param name="apart">The shortest time between the beginnings of two reads.</param>
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
            // Callers from now on get the read after this one.
            (_current, _next, _begunAt) = (_next!, null, time.GetTimestamp());
        }

        return await read();
    }
}
