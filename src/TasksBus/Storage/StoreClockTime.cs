namespace TasksBus.Storage;

/// <summary>The time on the store's clock, as it is stored.</summary>
internal static class StoreClockTime
{
    /// <summary>Microseconds since 1970 in UTC.</summary>
    public static async Task<long> MicrosecondsAsync(this IStoreClock clock) =>
        Microseconds.Of(await clock.NowAsync(CancellationToken.None));
}
