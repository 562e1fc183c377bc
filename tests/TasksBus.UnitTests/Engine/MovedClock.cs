namespace TasksBus.UnitTests.Engine;

/// <summary>The machine's clock, with a time of day that a test can move on. Timers and elapsed times stay real.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}
