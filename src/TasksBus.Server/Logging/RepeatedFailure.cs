namespace TasksBus.Server.Logging;

/// <summary>
/// Limits one kind of failure to ten log entries a minute. Omitted entries are counted, and the count is logged when the minute has passed.
/// </summary>
internal sealed partial class RepeatedFailure(string what, string failure, ILogger log, TimeProvider clock) : IDisposable
{
    private const int MaxEntries = 10;
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private ITimer? _timer;
    private int _written;
    private long _leftOut;

    /// <returns>True when the entry is to be written.</returns>
    public bool Passes()
    {
        lock (_lock)
        {
            _timer ??= clock.CreateTimer(static self => ((RepeatedFailure)self!).EndWindow(), this, s_window, Timeout.InfiniteTimeSpan);
            if (_written < MaxEntries)
            {
                _written++;
                return true;
            }

            _leftOut++;
            return false;
        }
    }

    public void Dispose() => EndWindow();

    private void EndWindow()
    {
        lock (_lock)
        {
            if (_leftOut > 0)
            {
                LeftOut(log, _leftOut, what, failure);
            }

            _timer?.Dispose();
            (_timer, _written, _leftOut) = (null, 0, 0);
        }
    }

    [LoggerMessage(704, LogLevel.Error, "{Count} more entries like {What} ({Failure}) came within a minute and were left out")]
    private static partial void LeftOut(ILogger logger, long count, string what, string failure);
}
