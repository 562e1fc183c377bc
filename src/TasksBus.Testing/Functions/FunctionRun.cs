namespace TasksBus.Testing.Functions;

/// <summary>A function that runs.</summary>
internal sealed class FunctionRun(FunctionCall call)
{
    /// <summary>
    /// A function that has set a timer may also do other work. It counts as waiting for the clock when nothing has changed in it for so
    /// long on the machine's clock.
    /// </summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromMilliseconds(25);

    /// <summary>
    /// The same for a function whose timers only end tokens. They limit other work, such as the sending of a message, and that may be slow
    /// on a busy machine.
    /// </summary>
    private static readonly TimeSpan s_graceOfLimits = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private int _timers;
    private int _limits;
    private long _changedAt = TimeProvider.System.GetTimestamp();
    private bool _hangs;
    private bool _isEnding;

    public FunctionCall Call => call;

    /// <summary>True when only the clock can bring the function on.</summary>
    public bool Waits
    {
        get
        {
            lock (_lock)
            {
                return !_isEnding
                    && (_hangs || (_timers > 0 && IsUnchangedFor(s_grace)) || (_limits > 0 && IsUnchangedFor(s_graceOfLimits)));
            }
        }
    }

    /// <summary>Call this when the function is one that never ends by itself.</summary>
    public void Hangs()
    {
        lock (_lock)
        {
            _hangs = true;
        }
    }

    /// <summary>Call this when the function is about to end.</summary>
    public void Ends()
    {
        lock (_lock)
        {
            _isEnding = true;
        }
    }

    /// <param name="more">1 for a timer that was set, -1 for one that fired or was taken back.</param>
    /// <param name="isLimit">True for a timer that ends a token.</param>
    public void WaitsForClock(int more, bool isLimit)
    {
        lock (_lock)
        {
            (_timers, _limits) = isLimit ? (_timers, _limits + more) : (_timers + more, _limits);
            _changedAt = TimeProvider.System.GetTimestamp();
        }
    }

    private bool IsUnchangedFor(TimeSpan time) => TimeProvider.System.GetElapsedTime(_changedAt) >= time;
}
