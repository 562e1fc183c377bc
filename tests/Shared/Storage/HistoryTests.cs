using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Dispatch;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What was counted of tasks, on either database.</summary>
public abstract class HistoryTests : IAsyncLifetime
{
    private static readonly Guid s_one = Guid.NewGuid();
    private static readonly Guid s_two = Guid.NewGuid();

    private readonly StoredEngine _engine;

    private protected HistoryTests(StoredEngine engine) => _engine = engine;

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_process_replaces_its_own_counts_of_a_minute_and_no_others()
    {
        await _engine.History.WriteAsync([Counts(10, "", s_one, 1), Counts(10, "a", s_one, 2), Counts(11, "", s_one, 4)], default);
        await _engine.History.WriteAsync([Counts(10, "", s_two, 8), Counts(10, "a", s_one, 16)], default);

        Assert.Equal("1,8,16,4", await AcceptedAsync(10, 12));
        Assert.Equal("16", await AcceptedAsync(10, 12, "a"));
        Assert.Equal("4", await AcceptedAsync(11, 12));
        Assert.Equal(10, await _engine.History.FirstMinuteAsync());
    }

    [Fact]
    public async Task Hours_that_are_over_for_two_days_are_summed_up_and_those_over_for_30_days_go()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddDays(1000).AddMinutes(30));
        var now = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        var (old, day) = (now - (long)HistoryKeeper.Hours.TotalMinutes - 1, 24 * 60L);
        // The hour of two days ago is not over for two days: it began half an hour before.
        var hour = now / 60 * 60;
        await _engine.History.WriteAsync(
        [
            Counts(old, "", s_one, 1), Counts(hour - 3 * day, "", s_one, 2), Counts(hour - 3 * day + 59, "", s_two, 4),
            Counts(hour - 3 * day + 5, "a", s_two, 8), Counts(hour - 2 * day, "", s_one, 16), Counts(hour - 2 * day + 1, "", s_one, 32),
        ], default);
        using Leadership leadership = new(_engine.Store, TimeProvider.System, NullLogger<Leadership>.Instance);
        using HistoryKeeper keeper = new(_engine.History, leadership, clock, NullLogger<HistoryKeeper>.Instance);

        for (var i = 0; i < 2; i++)
        {
            Assert.True(await keeper.TryRoundAsync(default));

            Assert.Equal("6,8,16,32", await AcceptedAsync(0, now));
            Assert.Equal(
                [(hour - 3 * day, ""), (hour - 3 * day, "a")],
                (await ReadAsync(0, hour - 2 * day, null)).Where(static each => each.ProcessId == Guid.Empty)
                    .Select(static each => (each.Minute, each.FunctionName)).Order());
        }
    }

    private static StoredCounts Counts(long minute, string function, Guid process, long accepted) =>
        new(minute, function, process, new() { Accepted = accepted });

    /// <summary>How many tasks were accepted, by minute and then by number.</summary>
    private async Task<string> AcceptedAsync(long from, long until, string? function = null) =>
        string.Join(',', (await ReadAsync(from, until, function)).OrderBy(static each => each.Minute)
            .ThenBy(static each => each.Counts.Accepted).Select(static each => each.Counts.Accepted));

    private async Task<List<StoredCounts>> ReadAsync(long from, long until, string? function)
    {
        List<StoredCounts> read = [];
        await _engine.History.ReadAsync(from, until, function, read.Add, default);
        return read;
    }
}
