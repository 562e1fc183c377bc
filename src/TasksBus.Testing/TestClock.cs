using TasksBus.Testing.Functions;

namespace TasksBus.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Everything in the container has it as its <see cref="TimeProvider"/>. It knows which
/// timers belong to a running function, so the harness knows which functions wait for the clock.
/// </summary>
internal sealed class TestClock : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly SortedSet<Timer> _armed = new(Timer.ByTime);
    private readonly AsyncLocal<FunctionRun?> _run = new();
    private long _made;
    private DateTimeOffset _now;

    /// <param name="start">The first time, which is cut to whole milliseconds.</param>
    public TestClock(DateTimeOffset start) =>
        _now = new(start.UtcTicks - start.UtcTicks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>The function that the current code belongs to. Null outside of functions.</summary>
    public FunctionRun? Run
    {
        get => _run.Value;
        set => _run.Value = value;
    }

    /// <summary>When the next timer fires. Null when none is set.</summary>
    public DateTimeOffset? NextTimer
    {
        get
        {
            lock (_lock)
            {
                return _armed.Min?.At;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new Timer(this, callback, state, Interlocked.Increment(ref _made), Run, isLimit: state is CancellationTokenSource);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and fires the timers up to that time, in their order. The clock never goes back.</summary>
    public void MoveTo(DateTimeOffset time)
    {
        while (TakeDue(time) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Moves the clock to the next timer up to that time. Without one, moves it to the time itself.</summary>
    private Timer? TakeDue(DateTimeOffset time)
    {
        lock (_lock)
        {
            if (_armed.Min is { } timer && timer.At <= time)
            {
                _now = timer.At > _now ? timer.At : _now;
                timer.Next(_now);
                return timer;
            }

            _now = time > _now ? time : _now;
            return null;
        }
    }

    private sealed class Timer(TestClock clock, TimerCallback callback, object? state, long number, FunctionRun? run, bool isLimit) : ITimer
    {
        public static readonly IComparer<Timer> ByTime = Comparer<Timer>.Create(static (one, other) =>
            one.At != other.At ? one.At.CompareTo(other.At) : one.Number.CompareTo(other.Number));

        private bool _isArmed;
        private bool _isDisposed;
        private TimeSpan _period;

        public DateTimeOffset At { get; private set; }

        private long Number => number;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                if (_isDisposed)
                {
                    return false;
                }

                _period = period;
                Disarm();
                if (dueTime > TimeSpan.Zero)
                {
                    Arm(clock._now, dueTime);
                }
            }

            if (dueTime == TimeSpan.Zero)
            {
                // A timer never fires in the call that sets it.
                ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            }

            return true;
        }

        public void Fire() => callback(state);

        /// <summary>Called while the clock is locked, when the timer is about to fire.</summary>
        public void Next(DateTimeOffset now)
        {
            Disarm();
            if (_period > TimeSpan.Zero)
            {
                Arm(now, _period);
            }
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                Disarm();
                _isDisposed = true;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Arm(DateTimeOffset now, TimeSpan after)
        {
            At = DateTimeOffset.MaxValue - now > after ? now + after : DateTimeOffset.MaxValue;
            _isArmed = true;
            clock._armed.Add(this);
            run?.WaitsForClock(1, isLimit);
        }

        private void Disarm()
        {
            if (_isArmed)
            {
                clock._armed.Remove(this);
                _isArmed = false;
                run?.WaitsForClock(-1, isLimit);
            }
        }
    }
}
