namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// The time limit of what a process does at the moment. It reuses one timer. When the limit passes, the process is killed, and an answer
/// that arrives at the same instant no longer counts.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private const int Off = 0;
    private const int Running = 1;
    private const int Over = 2;

    private readonly TimeProvider _time;
    private readonly Action _onPassed;
    private readonly ITimer _timer;
    private long _startedAt;
    private TimeSpan _limit;
    private int _state = Off;

    public Deadline(TimeProvider time, Action onPassed)
    {
        _time = time;
        _onPassed = onPassed;
        _timer = time.CreateTimer(static self => ((Deadline)self!).Check(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stays true once it is true, because the process is gone.</summary>
    public bool Passed => Volatile.Read(ref _state) == Over;

    /// <summary>When the limit passes, in ms since 1970, as in JavaScript.</summary>
    public double UnixMilliseconds { get; private set; }

    public void Start(TimeSpan limit)
    {
        _limit = limit;
        _startedAt = _time.GetTimestamp();
        UnixMilliseconds = _time.GetUtcNow().ToUnixTimeMilliseconds() + limit.TotalMilliseconds;
        Interlocked.CompareExchange(ref _state, Running, Off);
        _timer.Change(limit, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Stops the clock. Returns false when the limit has passed before.</summary>
    public bool Stop()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        return Interlocked.CompareExchange(ref _state, Off, Running) != Over;
    }

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        // A tick of the previous run may come late, during the next one.
        var left = _limit - _time.GetElapsedTime(_startedAt);
        if (left > TimeSpan.FromMilliseconds(20))
        {
            _timer.Change(left, Timeout.InfiniteTimeSpan);
        }
        else if (Interlocked.CompareExchange(ref _state, Over, Running) == Running)
        {
            _onPassed();
        }
    }
}
