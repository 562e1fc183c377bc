using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Storage;
using TasksBus.Telemetry;
using TasksBus.Tests;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Telemetry;

/// <summary>What a process counts for plots, and stores beside the tasks.</summary>
public class RecentCountsTests
{
    [Fact]
    public async Task What_happens_to_tasks_is_counted_by_function_and_stored()
    {
        var invoker = new ScriptedInvoker();
        invoker.On("breaks", static _ => new InvocationResult.FunctionFailed("Oops", "It broke.", null, null));
        await using var engine = await TestEngine.StartAsync(invoker);
        await engine.ManageAsync("greet", static _ => { });
        await engine.Get<IFunctionPolicyStore>().RefreshFunctionsAsync(default);
        await engine.ReachesAsync((await engine.ScheduleAsync("greet")).Id, TaskStates.Complete);
        await engine.ReachesAsync((await engine.ScheduleAsync("breaks")).Id, TaskStates.Failed);
        await engine.Intake.CancelAsync((await engine.ScheduleAsync("greet", DateTimeOffset.MaxValue.AddYears(-7000))).Id);

        var writer = engine.Get<IEnumerable<IHostedService>>().OfType<HistoryWriter>().Single();
        List<StoredCounts> stored = [];
        await Eventually.TrueAsync(async () =>
        {
            await writer.WriteAsync(default);
            stored.Clear();
            await engine.Get<IHistoryStore>().ReadAsync(0, long.MaxValue, null, stored.Add, default);
            return stored.Sum(static each => each.Counts.Complete + each.Counts.Failed + each.Counts.Canceled) == 3;
        }, "three ends are counted");

        Assert.Empty(engine.Get<RecentCounts>().Take());
        var (greet, others) = (Sum(stored, "greet"), Sum(stored, ""));
        Assert.Equal((2, 1, 0, 1), (greet.Accepted, greet.Complete, greet.Failed, greet.Canceled));
        Assert.Equal((1, 0, 1, 0), (others.Accepted, others.Complete, others.Failed, others.Canceled));
        Assert.NotNull(greet.DelayOf(0.5));
        Assert.NotNull(greet.RunOf(0.99));
    }

    [Fact]
    public async Task While_the_database_is_away_counts_are_kept_and_stored_later()
    {
        FakeTimeProvider clock = new();
        await using var engine = await TestEngine.StartAsync(new());
        RecentCounts counts = new(engine.Get<IFunctionPolicyStore>(), clock);
        AwayStore store = new();
        using HistoryWriter writer = new(store, counts, clock, NullLogger<HistoryWriter>.Instance);
        counts.Invoked("greet", TimeSpan.FromSeconds(1));
        store.IsAway = true;
        await Assert.ThrowsAsync<StoreUnavailableException>(() => writer.WriteAsync(default));
        clock.Advance(TimeSpan.FromMinutes(5));
        counts.Invoked("greet", TimeSpan.FromSeconds(1));
        store.IsAway = false;

        await writer.WriteAsync(default);
        await writer.WriteAsync(default);

        Assert.Equal(2, store.Written.Count);
        Assert.Equal(5, store.Written[1].Minute - store.Written[0].Minute);
    }

    [Fact]
    public void Times_are_exact_to_a_bucket()
    {
        TaskCounts counts = new();
        Assert.Null(counts.DelayOf(0.5));
        for (var i = 0; i < 99; i++)
        {
            counts.AddDelay(TimeSpan.FromMilliseconds(7));
        }

        counts.AddDelay(TimeSpan.FromDays(1));

        Assert.InRange(counts.DelayOf(0.5)!.Value.TotalMilliseconds, 5, 10);
        Assert.InRange(counts.DelayOf(0.99)!.Value.TotalMilliseconds, 5, 10);
        Assert.Equal(TimeSpan.FromHours(1), counts.DelayOf(1));
        Assert.Null(counts.RunOf(0.5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0 0 3")]
    [InlineData("0 0 3 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 43")]
    public void Counts_are_read_as_they_were_written(string text) => Assert.Equal(text, TaskCounts.Parse(text).ToString());

    [Fact]
    public void Numbers_of_a_later_version_are_left_out() =>
        Assert.Equal(7, TaskCounts.Parse(string.Join(' ', Enumerable.Repeat("7", 100))).Accepted);

    private static TaskCounts Sum(IEnumerable<StoredCounts> stored, string function) => TaskCounts.SumOf(
        stored.Where(each => each.FunctionName == function).Select(static each => each.Counts));

    private sealed class AwayStore : IHistoryStore
    {
        public bool IsAway { get; set; }

        public List<StoredCounts> Written { get; } = [];

        public Task WriteAsync(IReadOnlyList<StoredCounts> counts, CancellationToken cancellationToken)
        {
            if (IsAway)
            {
                throw new StoreUnavailableException("away");
            }

            Written.AddRange(counts);
            return Task.CompletedTask;
        }

        public Task ReadAsync(
            long from, long until, string? functionName, Action<StoredCounts> read, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<long?> FirstMinuteAsync() => throw new NotSupportedException();

        public Task ReplaceAsync(long from, long until, IReadOnlyList<StoredCounts> counts) => throw new NotSupportedException();
    }
}
