using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>What a process knows about the managed functions, over either store.</summary>
public abstract class FunctionReadTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected FunctionReadTests(StoredEngine engine) => _engine = engine;

    public Task InitializeAsync() => _engine.StartAsync();

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task It_never_goes_back_however_many_read_them_at_once()
    {
        const int changes = 100;
        var last = 0L;
        Lock looking = new();
        using CancellationTokenSource ended = new();
        var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!ended.IsCancellationRequested)
            {
                await _engine.Store.RefreshFunctionsAsync(default);
                lock (looking)
                {
                    var known = _engine.Store.Functions.Of("greet").DefaultPriority;
                    Assert.True(known >= last, $"{known} was known after {last}.");
                    last = known;
                }
            }
        })).ToArray();

        for (var i = 1; i <= changes; i++)
        {
            await _engine.Model.ManageAsync("greet", row => row.DefaultPriority = i);
        }

        await ended.CancelAsync();
        await Task.WhenAll(readers).EndsAsync();
        Assert.Equal(changes, (await _engine.Store.RefreshFunctionsAsync(default)).Of("greet").DefaultPriority);
    }
}
