namespace TasksBus.Contracts;

/// <summary>How long a call waits before it is tried again.</summary>
internal static class Pauses
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The pause doubles with each try. A random half of it is taken off, so that callers who failed together do not come back together.
    /// </summary>
    /// <param name="tries">How many tries have failed: 1 or more.</param>
    /// <param name="wanted">What the server wants at least.</param>
    public static TimeSpan Before(int tries, TimeSpan? wanted)
    {
        var longest = Math.Min(s_first.Ticks * Math.Pow(2, Math.Min(tries, 10) - 1), s_longest.Ticks);
        var pause = TimeSpan.FromTicks((long)(longest * (0.5 + Random.Shared.NextDouble() / 2)));
        return wanted > pause ? wanted.Value : pause;
    }
}
