using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>
/// How servers learn about stored keys, over either store. Each test has two servers on one database, and a clock that it moves.
/// </summary>
public abstract class StoredKeyTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly string _key = ApiKey.New();
    private StoredApiKeys _one = null!;
    private StoredApiKeys _other = null!;

    private protected StoredKeyTests(StoredEngine engine) => _engine = engine;

    private ApiKeyStore Keys => new(_engine.Model);

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        (_one, _other) = (Server(), Server());
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task A_revoked_key_lets_nobody_in_two_seconds_later_at_any_server()
    {
        await AddAsync();
        foreach (var server in new[] { _one, _other })
        {
            Assert.Equal("billing", (await server.FindAsync(_key, default))?.Name);
        }

        await Keys.RemoveAsync("billing");
        _clock.Advance(TimeSpan.FromMilliseconds(2_001));

        foreach (var server in new[] { _one, _other })
        {
            Assert.Null(await server.FindAsync(_key, default));
        }
    }

    [Fact]
    public async Task A_new_key_lets_in_at_once_although_the_copy_is_fresh()
    {
        Assert.Null(await _one.FindAsync(_key, default));
        await AddAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(201));

        Assert.Equal(["VIEW_TASKS"], (await _one.FindAsync(_key, default))!.Permissions);
    }

    [Fact]
    public async Task Once_there_was_a_key_the_server_stays_closed()
    {
        Assert.False(await _one.WereThereAsync(default));
        await AddAsync();
        _clock.Advance(TimeSpan.FromMilliseconds(2_001));
        Assert.True(await _one.WereThereAsync(default));

        await Keys.RemoveAsync("billing");
        _clock.Advance(TimeSpan.FromMilliseconds(2_001));
        Assert.True(await _one.WereThereAsync(default));
    }

    [Fact]
    public async Task A_use_is_noted()
    {
        await AddAsync();
        Assert.NotNull(await _one.FindAsync(_key, default));

        await Eventually.TrueAsync(async () => (await Keys.AllAsync()).Single().LastUsedAt is not null, "the use is noted");
    }

    [Fact]
    public async Task The_key_itself_is_not_stored()
    {
        await AddAsync();

        var stored = Assert.Single(await _engine.RowsAsync("select name || ' ' || permissions from api_keys"));
        Assert.Equal("billing VIEW_TASKS", stored);
        Assert.Equal(ApiKey.HashOf(_key), Assert.Single(await Keys.AllAsync()).Hash);
    }

    private StoredApiKeys Server() => new(Keys, _clock, NullLogger<StoredApiKeys>.Instance);

    private Task<bool> AddAsync() => Keys.AddAsync(new() { Name = "billing", Hash = ApiKey.HashOf(_key), Permissions = "VIEW_TASKS" });
}
