using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>Keeps what was counted of tasks small: minutes for two days, hours for 30 days.</summary>
internal sealed class HistoryKeeper(
    IHistoryStore store, Leadership leadership, TimeProvider clock, ILogger<HistoryKeeper> logger) : LeaderLoop(leadership, clock)
{
    private const long Hour = 60;

    /// <summary>How long minutes are kept, and how long hours are.</summary>
    internal static readonly TimeSpan Minutes = TimeSpan.FromDays(2), Hours = TimeSpan.FromDays(30);

    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(15);

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        await store.ReplaceAsync(0, MinuteOf(now - Hours), []);
        var end = MinuteOf(now - Minutes) / Hour * Hour;
        while (await store.FirstMinuteAsync() is { } first && first < end)
        {
            var hour = first / Hour * Hour;
            Dictionary<string, TaskCounts> sums = [];
            await store.ReadAsync(hour, hour + Hour, null, each =>
            {
                if (!sums.TryAdd(each.FunctionName, each.Counts))
                {
                    sums[each.FunctionName].Add(each.Counts);
                }
            }, cancellationToken);
            await store.ReplaceAsync(
                hour, hour + Hour, [.. sums.Select(sum => new StoredCounts(hour, sum.Key, Guid.Empty, sum.Value))]);
        }
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(s_pause, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.HistoryNotKept(exception);

    private static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;
}
