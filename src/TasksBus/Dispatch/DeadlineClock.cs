using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// What the database's clock said when, by this machine's clock that never leaps. It tells how long a task has run at least, whatever the database's clock did
/// meanwhile, without looking at tasks that run in time.
/// </summary>
public sealed class DeadlineClock(TimeProvider clock)
{
    /// <summary>How much further than this machine's the database's clock may go from one reading to the next.</summary>
    private static readonly long s_tolerance = Microseconds.Of(TimeSpan.FromSeconds(2));

    /// <summary>More than any task may take from its claim to its deadline.</summary>
    private static readonly TimeSpan s_age = TimeSpan.FromMinutes(30);

    private readonly List<Reading> _readings = [];

    /// <param name="now">The time that the database gave just now.</param>
    public void Note(long now)
    {
        var at = clock.GetTimestamp();
        if (_readings.Count > 0 && now < _readings[^1].Now)
        {
            // Set back: what was read before orders nothing any more.
            _readings.Clear();
        }

        var leapt = _readings.Count > 0 && now - _readings[^1].Now > Microseconds.Of(clock.GetElapsedTime(_readings[^1].At, at)) + s_tolerance;
        _readings.Add(new(now, at, leapt));
        // All but the last of those that are old: it stands for all that ran by then.
        _readings.RemoveRange(0, Math.Max(0, _readings.FindIndex(reading => clock.GetElapsedTime(reading.At, at) < s_age) - 1));
    }

    /// <summary>
    /// Whether the time that the task had left at the first reading after its claim has passed since on this machine's clock. Where the clock leapt
    /// between the claim and that reading, nobody knows how much was left: all of it.
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
