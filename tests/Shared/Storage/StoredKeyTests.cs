using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using TasksBus.Storage.Model;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>
/// How servers learn about stored keys, over either store. Each test has two servers on one database, and a clock that it moves.
/// </summary>
public abstract class StoredKeyTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;
    private Database _database = null!;
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly string _key = ApiKey.New();
    private StoredApiKeys _one = null!;
    private StoredApiKeys _other = null!;

    private protected StoredKeyTests(StoredEngine engine) => _engine = engine;

    private ApiKeyStore Keys => new(_database);

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        _database = new(_engine.Model);
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

    [Fact]
    public async Task While_the_database_does_not_answer_the_last_copy_serves_those_who_may_use_it_for_a_day()
    {
        await AddAsync();
        Assert.NotNull(await _one.FindAsync(_key, mayBeOld: true, default));
        _database.IsAway = true;
        _clock.Advance(TimeSpan.FromHours(23));

        Assert.Equal("billing", (await _one.FindAsync(_key, mayBeOld: true, default))?.Name);
        Assert.True(await _one.WereThereAsync(mayBeOld: true, default));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _one.FindAsync(_key, default).AsTask());
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _other.FindAsync(_key, mayBeOld: true, default).AsTask());

        _clock.Advance(TimeSpan.FromHours(2));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _one.FindAsync(_key, mayBeOld: true, default).AsTask());

        _database.IsAway = false;
        await Keys.RemoveAsync("billing");
        Assert.Null(await _one.FindAsync(_key, mayBeOld: true, default));
    }

    private StoredApiKeys Server() => new(Keys, new(_engine.Store), _clock, NullLogger<StoredApiKeys>.Instance);

    private Task<bool> AddAsync() => Keys.AddAsync(new() { Name = "billing", Hash = ApiKey.HashOf(_key), Permissions = "VIEW_TASKS" });

    /// <summary>The database, which can be away.</summary>
    private sealed class Database(IModelDatabase inner) : IModelDatabase
    {
        public bool IsAway { get; set; }

        public Task<bool> AnyAsync(string sql) => Here.AnyAsync(sql);

        public Task<T> ReadAsync<T>(Func<TasksDbContext, Task<T>> read) => Here.ReadAsync(read);

        public Task<T> ListAsync<T>(Func<TasksDbContext, Task<T>> read, CancellationToken cancellationToken) =>
            Here.ListAsync(read, cancellationToken);

        public Task<T> WriteAsync<T>(Func<TasksDbContext, Task<T>> write) => Here.WriteAsync(write);

        private IModelDatabase Here => IsAway ? throw new StoreUnavailableException("It is away.") : inner;
    }
}
