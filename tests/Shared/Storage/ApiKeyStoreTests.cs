using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Stored API keys over either store.</summary>
public abstract class ApiKeyStoreTests : IAsyncLifetime
{
    private static readonly TimeSpan s_within = TimeSpan.FromMinutes(10);

    private readonly StoredEngine _engine;

    private protected ApiKeyStoreTests(StoredEngine engine) => _engine = engine;

    private ApiKeyStore Keys => new(_engine.Model);

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_key_is_found_as_it_was_added_until_it_is_removed()
    {
        Assert.True(
            await Keys.AddAsync(new() { Name = "billing", Hash = [1, 2, 3], Permissions = "VIEW_TASKS,CREATE_TASKS", ExpiresAt = 5 }));

        var key = Assert.Single(await Keys.AllAsync());
        Assert.Equal(("billing", "VIEW_TASKS,CREATE_TASKS", 5, null), (key.Name, key.Permissions, key.ExpiresAt, key.LastUsedAt));
        Assert.Equal([1, 2, 3], key.Hash);
        Assert.InRange(
            Microseconds.ToTime(key.CreatedAt), TimeProvider.System.GetUtcNow().AddMinutes(-5),
            TimeProvider.System.GetUtcNow().AddMinutes(5));

        Assert.True(await Keys.RemoveAsync("billing"));
        Assert.False(await Keys.RemoveAsync("billing"));
        Assert.Empty(await Keys.AllAsync());
    }

    [Fact]
    public async Task A_name_is_taken_once_however_many_ask_for_it()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 8)
            .Select(i => Task.Run(() => Keys.AddAsync(new() { Name = "billing", Hash = [(byte)i], Permissions = "*" }))));

        Assert.Single(added, static isAdded => isAdded);
        Assert.Single(await Keys.AllAsync());
    }

    [Fact]
    public async Task A_use_is_noted_once_within_a_time_and_for_that_very_key_only()
    {
        await Keys.AddAsync(new() { Name = "billing", Hash = [1], Permissions = "*" });

        Assert.False(await Keys.NoteUseAsync("billing", [2], s_within));
        Assert.True(await Keys.NoteUseAsync("billing", [1], s_within));
        Assert.False(await Keys.NoteUseAsync("billing", [1], s_within));
        Assert.NotNull(Assert.Single(await Keys.AllAsync()).LastUsedAt);
        Assert.True(await Keys.NoteUseAsync("billing", [1], TimeSpan.FromMinutes(-1)));
    }
}
