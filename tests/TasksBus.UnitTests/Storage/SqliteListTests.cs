using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Storage.Queries;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>Lists on SQLite, where the thread of the caller does the work.</summary>
public sealed class SqliteListTests : IAsyncLifetime, IAsyncDisposable
{
    private const string Slow = "contains(data.list,like(n,x),n!=5)";

    private readonly SqliteEngine _engine = new();

    [Fact]
    public async Task A_list_that_takes_too_long_is_stopped_and_the_next_one_is_not()
    {
        await StoreManyAsync();
        _engine.Database.LongestList = TimeSpan.Zero;
        var refused = await Assert.ThrowsAsync<QueryTooSlowException>(() => _engine.Store.FindAsync(Slow));
        Assert.Contains("skipCount()", refused.Message, StringComparison.Ordinal);
        await _engine.ScheduleAsync();

        _engine.Database.LongestList = TimeSpan.FromMinutes(1);
        Assert.Equal(2_000, (await _engine.Store.FindAsync(Slow)).Total);
    }

    [Fact]
    public async Task A_list_whose_caller_has_gone_is_stopped()
    {
        await StoreManyAsync();
        using CancellationTokenSource gone = new();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _engine.Database.Model.ListAsync(async context =>
        {
            await gone.CancelAsync();
            return await TaskSearch.FindAsync(context, Parse(Slow), default);
        }, gone.Token));
    }

    [Fact]
    public async Task Lists_that_take_long_leave_a_thread_for_everything_else()
    {
        using ManualResetEventSlim release = new();
        var begun = 0;
        var lists = Enumerable.Range(0, 20).Select(_ => _engine.Database.Model.ListAsync(context =>
        {
            Interlocked.Increment(ref begun);
            release.Wait();
            return Task.FromResult(0);
        }, default)).ToArray();
        await Eventually.TrueAsync(() => Volatile.Read(ref begun) > 0, "lists run");

        await Task.Run(() => new ApiKeyStore(_engine.Model).AllAsync()).EndsAsync();
        await Task.Run(() => _engine.Store.RefreshFunctionsAsync(default)).EndsAsync();
        await _engine.ScheduleAsync().EndsAsync();
        Assert.InRange(Volatile.Read(ref begun), 1, 4);

        release.Set();
        await Task.WhenAll(lists).EndsAsync();
    }

    [Fact]
    public async Task A_list_that_finds_no_room_says_so()
    {
        using ManualResetEventSlim release = new();
        var lists = Enumerable.Range(0, 5).Select(_ => _engine.Database.Model.ListAsync(context =>
        {
            release.Wait();
            return Task.FromResult(0);
        }, default)).ToArray();

        var refused = await Task.WhenAny(lists).EndsAsync();
        await Assert.ThrowsAsync<ListsFullException>(() => refused);
        release.Set();
        await Task.WhenAll(lists.Where(list => list != refused)).EndsAsync();
    }

    public Task InitializeAsync() => _engine.StartAsync();

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync() => await _engine.DisposeAsync();

    private Task<IReadOnlyList<TaskRecord>> StoreManyAsync() => _engine.Transitions.ScheduleAllAsync(
        [.. Enumerable.Range(0, 2_000).Select(static i =>
            new ScheduleTask { FunctionName = "greet", Data = JsonElement.Parse($$"""{"list":[{"n":{{i}}},{"n":"text"}]}""") })]);

    private static RqlQuery Parse(string rql) => RqlQuery.Parse(rql, RqlSchema.Tasks).Query;
}
