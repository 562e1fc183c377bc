using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Query;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Engine;

/// <summary>Requests are recorded in batches, without delaying their answers, and within bounds.</summary>
public sealed class ApiRequestRecorderTests : IAsyncDisposable
{
    private readonly Records _store = new();
    private readonly ApiFunctions _functions = new(
        null!, Options.Create(new TasksBusOptions()), new(null!), TimeProvider.System, NullLogger<ApiFunctions>.Instance);
    private readonly ApiRequestRecorder _recorder;

    public ApiRequestRecorderTests() =>
        _recorder = new(
            _store, _functions, Options.Create(new TasksBusOptions()), new Lifetime(), TimeProvider.System,
            NullLogger<ApiRequestRecorder>.Instance);

    [Fact]
    public async Task What_comes_while_one_batch_is_stored_is_stored_together()
    {
        var first = new TaskCompletionSource();
        _store.Writing = _ => first.Task;
        await _recorder.StartAsync(CancellationToken.None);
        _recorder.Add(Request("0"));
        await Eventually.TrueAsync(() => _store.Asked == 1, "the first is being stored");
        for (var i = 1; i <= 100; i++)
        {
            _recorder.Add(Request($"{i}"));
        }

        first.SetResult();
        await _recorder.StopAsync(CancellationToken.None);

        Assert.Equal([1, 100], _store.Batches.Select(static batch => batch.Count));
        Assert.Equal(
            Enumerable.Range(0, 101).Select(static i => $"{i}"),
            _store.Batches.SelectMany(static batch => batch).Select(static request => request.Path));
    }

    [Fact]
    public async Task While_the_database_is_away_requests_are_kept_and_stored_later()
    {
        _store.Writing = _ => _store.Asked < 3 ? throw new StoreUnavailableException("away") : Task.CompletedTask;
        await _recorder.StartAsync(CancellationToken.None);
        _recorder.Add(Request("kept"));

        await Eventually.TrueAsync(() => _store.Batches.Count == 1, "it is stored");
        await _recorder.StopAsync(CancellationToken.None);
        Assert.Equal(3, _store.Asked);
    }

    [Fact]
    public async Task One_that_cannot_be_stored_does_not_hold_up_the_others()
    {
        _store.Writing = batch => batch.Any(static request => request.Path == "bad") ? throw new FormatException() : Task.CompletedTask;
        foreach (var path in new[] { "a", "bad", "b" })
        {
            _recorder.Add(Request(path));
        }

        await _recorder.StartAsync(CancellationToken.None);
        await _recorder.StopAsync(CancellationToken.None);

        Assert.Equal(["a", "b"], _store.Batches.SelectMany(static batch => batch).Select(static request => request.Path));
    }

    [Fact]
    public async Task Memory_is_bounded_by_number_and_by_text()
    {
        var log = new TaskLog(new string('x', 1_000_000), DateTimeOffset.UnixEpoch);
        for (var i = 0; i < 100; i++)
        {
            _recorder.Add(Request($"{i}") with { Log = log });
        }

        for (var i = 0; i < 2 * ApiRequestRecorder.MaxWaiting; i++)
        {
            _recorder.Add(Request($"{i}"));
        }

        await _recorder.StartAsync(CancellationToken.None);
        await _recorder.StopAsync(CancellationToken.None);

        var stored = _store.Batches.SelectMany(static batch => batch).ToList();
        Assert.Equal(ApiRequestRecorder.MaxWaiting, stored.Count);
        Assert.Equal(ApiRequestRecorder.MaxWaitingText / 1_000_000, stored.Count(static request => request.Log is not null));
        // There is room again.
        Assert.All(_store.Batches, static batch => Assert.InRange(batch.Count, 1, 200));
    }

    public ValueTask DisposeAsync()
    {
        _recorder.Dispose();
        _functions.Dispose();
        return ValueTask.CompletedTask;
    }

    private static ApiRequest Request(string path) =>
        new(TaskId.New(), "f", "GET", path, null, null, 200, DateTimeOffset.UnixEpoch, TimeSpan.Zero, null, null);

    private sealed class Records : IRecordStore
    {
        public Func<IReadOnlyList<ApiRequest>, Task> Writing { get; set; } = static _ => Task.CompletedTask;

        public int Asked { get; private set; }

        public List<IReadOnlyList<ApiRequest>> Batches { get; } = [];

        public async Task WriteAsync(IReadOnlyList<ApiRequest> requests, CancellationToken cancellationToken)
        {
            Asked++;
            await Writing(requests);
            Batches.Add([.. requests]);
        }

        public Task<ApiRequestPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<(bool IsKnown, TaskLog? Log)> LogAsync(TaskId requestId, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<TaskLog>> FunctionLogsAsync(
            string functionName, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class Lifetime : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
            // There is nothing running that could be stopped.
        }
    }
}
