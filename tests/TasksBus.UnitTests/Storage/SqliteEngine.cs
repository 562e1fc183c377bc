using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;
using TasksBus.Tests.Storage;

namespace TasksBus.UnitTests.Storage;

/// <summary>SQLite in a folder of its own, with a clock that stands still unless a test moves it.</summary>
internal sealed class SqliteEngine : StoredEngine
{
    private readonly FakeTimeProvider _clock = new(Start);
    private SqliteDatabase _database = null!;

    public string Folder { get; } = Directory.CreateTempSubdirectory("tasksbus-").FullName;

    public SqliteDatabase Database => _database;

    public override IModelDatabase Model => _database;

    public override IRecordStore Records => new SqliteRecordStore(_database);

    public override IHistoryStore History => new SqliteHistoryStore(_database);

    public override TimeSpan Instant => TimeSpan.FromMicroseconds(1);

    public override Task<DateTimeOffset> NowAsync() => Task.FromResult(_clock.GetUtcNow());

    public override Task AdvanceAsync(TimeSpan by)
    {
        _clock.Advance(by);
        return Task.CompletedTask;
    }

    public override Task<IReadOnlyList<string>> RowsAsync(string sql) =>
        Task.FromResult<IReadOnlyList<string>>(_database.Read(db => db.List(sql, static row => row.GetValue(0).ToString()!)));

    public override string Literal(TaskId id) => $"'{id}'";

    protected override Task<ITaskStore> OpenAsync()
    {
        _database = SqliteDatabase.Open(Folder);
        _database.LongestList = Eventually.Patience;
        return Task.FromResult<ITaskStore>(new SqliteTaskStore(_database, _clock, static () => new TaskSaga()));
    }

    protected override Task CloseAsync()
    {
        _database.Dispose();
        return Task.CompletedTask;
    }

    protected override Task DeleteAsync()
    {
        Directory.Delete(Folder, true);
        return Task.CompletedTask;
    }
}
