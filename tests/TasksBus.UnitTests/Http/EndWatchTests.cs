using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Query;
using TasksBus.Service.Http;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The look that waiting callers share.</summary>
public sealed class EndWatchTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly Reader _reader = new();
    private readonly Lifetime _lifetime = new();
    private readonly EndWatch _watch;

    public EndWatchTests() => _watch = new(_reader, _clock, _lifetime, NullLogger<EndWatch>.Instance);

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public async Task All_who_wait_share_one_look_and_nobody_looks_when_nobody_waits()
    {
        TaskId[] ids = [.. Enumerable.Range(0, 100).Select(_ => TaskId.New())];
        var waiting = ids.Concat(ids).Select(WaitAsync).ToArray();

        await RoundAsync(1);
        Assert.Equal(100, _reader.Looks[0].Count);
        Assert.DoesNotContain(waiting, static task => task.IsCompleted);

        _reader.Ended.UnionWith(ids);
        await RoundAsync(2);
        Assert.All(await Task.WhenAll(waiting).EndsAsync(), Assert.True);

        // The look that finds that nobody waits any more ends the looks.
        await PassAsync();
        var looks = _reader.Looks.Count;
        await PassAsync();
        Assert.Equal((looks, 0), (_reader.Looks.Count, _watch.Waiters));
        // Those who come later are looked for again.
        var late = WaitAsync(ids[0]);
        await RoundAsync(looks + 1);
        Assert.True(await late.EndsAsync());
    }

    [Fact]
    public async Task One_caller_more_than_may_wait_is_refused_until_another_has_gone()
    {
        using CancellationTokenSource leave = new();
        var first = _watch.WaitAsync(TaskId.New(), TimeSpan.FromMinutes(1), leave.Token);
        var others = Enumerable.Range(1, EndWatch.MaxWaiters - 1).Select(_ => WaitAsync(TaskId.New())).ToArray();

        Assert.False(await WaitAsync(TaskId.New()));
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        var next = WaitAsync(TaskId.New());

        Assert.False(next.IsCompleted);
        Assert.Equal(EndWatch.MaxWaiters, _watch.Waiters);
        _lifetime.StopApplication();
        Assert.All(await Task.WhenAll(others.Append(next)).EndsAsync(), Assert.True);
    }

    [Fact]
    public async Task A_server_that_stops_lets_callers_go_and_keeps_none()
    {
        var waiting = WaitAsync(TaskId.New());
        Assert.False(waiting.IsCompleted);

        _lifetime.StopApplication();

        Assert.True(await waiting.EndsAsync());
        Assert.True(await WaitAsync(TaskId.New()).EndsAsync());
    }

    [Fact]
    public async Task A_task_that_is_removed_meanwhile_has_ended()
    {
        var id = TaskId.New();
        _reader.Unknown.Add(id);
        var waiting = WaitAsync(id);

        await RoundAsync(1);

        Assert.True(await waiting.EndsAsync());
    }

    [Fact]
    public async Task While_the_database_is_away_the_looks_are_rare_and_go_on()
    {
        var id = TaskId.New();
        _reader.Failure = new StoreUnavailableException("Away.", new IOException());
        var waiting = WaitAsync(id);
        await RoundAsync(1);
        await PassAsync();
        Assert.Single(_reader.Looks);

        _reader.Failure = null;
        _reader.Ended.Add(id);
        await Eventually.TrueAsync(() =>
        {
            _clock.Advance(EndWatch.Apart);
            return waiting.IsCompleted;
        }, "the wait ends");
    }

    private Task<bool> WaitAsync(TaskId id) => _watch.WaitAsync(id, TimeSpan.FromMinutes(1), CancellationToken.None);

    /// <summary>Lets the time between two looks pass until so many have been made.</summary>
    private Task RoundAsync(int looks) => Eventually.TrueAsync(() =>
    {
        if (_reader.Looks.Count < looks)
        {
            _clock.Advance(EndWatch.Apart);
        }

        return _reader.Looks.Count >= looks;
    }, $"there were {looks} looks");

    /// <summary>Lets the time of a look or two pass, without a look that anyone could see.</summary>
    private async Task PassAsync()
    {
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(EndWatch.Apart);
            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }
    }

    private sealed class Reader : ITaskReader
    {
        private readonly Lock _lock = new();
        private readonly List<IReadOnlyCollection<TaskId>> _looks = [];

        public HashSet<TaskId> Ended { get; } = [];

        public HashSet<TaskId> Unknown { get; } = [];

        public Exception? Failure { get; set; }

        public IReadOnlyList<IReadOnlyCollection<TaskId>> Looks
        {
            get
            {
                lock (_lock)
                {
                    return [.. _looks];
                }
            }
        }

        public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
            IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
        {
            lock (_lock)
            {
                _looks.Add(ids);
                return Failure is { } failure ? Task.FromException<IReadOnlyDictionary<TaskId, TaskRecord>>(failure)
                    : Task.FromResult<IReadOnlyDictionary<TaskId, TaskRecord>>(ids.Except(Unknown).ToDictionary(
                        static id => id,
                        id => new TaskRecord { Id = id, Status = Ended.Contains(id) ? TaskStates.Complete : TaskStates.New }));
            }
        }

        public Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
