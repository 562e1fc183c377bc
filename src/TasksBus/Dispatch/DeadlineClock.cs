using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Records the readings of the database's clock together with this machine's monotonic clock. From them it computes how long a task has run
/// at least, whatever the database's clock did meanwhile. It does so without looking at tasks that run in time.
/// </summary>
internal sealed class DeadlineClock(TimeProvider clock)
{
    /// <summary>How much further than this machine's clock the database's clock may advance from one reading to the next.</summary>
    private static readonly long s_tolerance = Microseconds.Of(TimeSpan.FromSeconds(2));

    /// <summary>Longer than any task may take from its claim to its deadline.</summary>
    private static readonly TimeSpan s_age = TimeSpan.FromMinutes(30);

    private readonly List<Reading> _readings = [];

    /// <param name="now">The time that the database has just given.</param>
    public void Note(long now)
    {
        var at = clock.GetTimestamp();
        if (_readings.Count > 0 && now < _readings[^1].Now)
        {
            // The clock was set back, so the earlier readings have no order any more.
            _readings.Clear();
        }

        var leapt = _readings.Count > 0
            && now - _readings[^1].Now > Microseconds.Of(clock.GetElapsedTime(_readings[^1].At, at)) + s_tolerance;
        _readings.Add(new(now, at, leapt));
        // Removes all old readings except the last, which stands for all tasks that ran by then.
        _readings.RemoveRange(0, Math.Max(0, _readings.FindIndex(reading => clock.GetElapsedTime(reading.At, at) < s_age) - 1));
    }

    /// <summary>
    /// Returns true when the time that the task had left at the first reading after its claim has passed since on this machine's clock. If
    /// the database's clock leapt between the claim and that reading, the remaining time is unknown and the whole time limit counts.
    /// </summary>
    public bool HasPassed(RunningTask task)
    {
        var first = _readings.FindIndex(reading => reading.Now >= task.ClaimedAt);
        if (first < 0)
        {
            return false;
        }

        var reading = _readings[first];
        var left = task.DeadlineAt - (reading.Leapt ? task.ClaimedAt : reading.Now);
        return Microseconds.Of(clock.GetElapsedTime(reading.At)) >= left;
    }

    private readonly record struct Reading(long Now, long At, bool Leapt);
}
