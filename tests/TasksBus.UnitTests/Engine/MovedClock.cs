namespace TasksBus.UnitTests.Engine;

/// <summary>The machine's clock, with a time of day that a test can move on. Timers stay real, and elapsed times too where the clock only leaps.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long _ahead;
    private long _passed;

    /// <summary>The time of day leaps: nothing more has passed.</summary>
    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    /// <summary>So much time passes, by every clock.</summary>
    public void Pass(TimeSpan by)
    {
        Interlocked.Add(ref _passed, (long)(by.TotalSeconds * TimestampFrequency));
        Advance(by);
    }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));

    public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _passed);
}
