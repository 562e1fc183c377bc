using TasksBus.Storage;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.UnitTests.Storage;

/// <summary>Reads of the functions that overlap.</summary>
public class LatestFunctionsTests
{
    private readonly Queue<TaskCompletionSource<FunctionPolicies>> _reads = [];
    private readonly LatestFunctions _functions;

    public LatestFunctionsTests() => _functions = new((_, _) =>
    {
        TaskCompletionSource<FunctionPolicies> read = new();
        _reads.Enqueue(read);
        return read.Task;
    });

    [Fact]
    public async Task A_read_that_was_overtaken_is_done_again()
    {
        var (old, changed) = (Policies(), Policies());
        var (slow, quick) = (_functions.RefreshAsync(default), _functions.RefreshAsync(default));
        var (slowRead, quickRead) = (_reads.Dequeue(), _reads.Dequeue());

        quickRead.SetResult(changed);
        Assert.Same(changed, await quick.EndsAsync());
        slowRead.SetResult(old);
        Assert.Same(changed, _functions.Known);

        _reads.Dequeue().SetResult(changed);
        Assert.Same(changed, await slow.EndsAsync());
        Assert.Same(changed, _functions.Known);
    }

    [Fact]
    public async Task Reads_that_find_the_same_are_done_once()
    {
        var revision = Guid.NewGuid();
        var (one, other) = (_functions.RefreshAsync(default), _functions.RefreshAsync(default));
        foreach (var read in _reads)
        {
            read.SetResult(Policies(revision));
        }

        Assert.Same(await one.EndsAsync(), await other.EndsAsync());
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task A_read_that_fails_changes_nothing()
    {
        var failing = _functions.RefreshAsync(default);
        _reads.Dequeue().SetException(new StoreUnavailableException("Away."));

        await Assert.ThrowsAsync<StoreUnavailableException>(() => failing);
        Assert.Same(FunctionPolicies.NotRead, _functions.Known);
    }

    private static FunctionPolicies Policies(Guid? revision = null) => new(revision ?? Guid.NewGuid(), [], []);
}
