namespace TasksBus.UnitTests.Engine;

/// <summary>
/// The clock of the machine, with a time of day that a test can move forward. Timers stay real, and so do elapsed times where the clock
/// only leaps.
/// </summary>
internal sealed class MovedClock : TimeProvider
{
    private long _ahead;
    private long _passed;

    /// <summary>The time of day leaps, but no time passes.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    /// <summary>Time passes on every clock.</summary>
    public void Pass(TimeSpan by)
    {
        Interlocked.Add(ref _passed, (long)(by.TotalSeconds * TimestampFrequency));
        Advance(by);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _passed);
}
