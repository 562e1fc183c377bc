using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Storage.Sqlite;
using TasksBus.Tests.Bulk;
using TasksBus.Tests.Functions;
using TasksBus.Tests.Schedules;
using TasksBus.Tests.Storage;
using TasksBus.Tests.Triggers;
using Xunit;

namespace TasksBus.UnitTests.Storage;

public sealed class TaskStoreOnSqliteTests() : TaskStoreTests(new SqliteEngine());

public sealed class ReadyQueueOnSqliteTests() : ReadyQueueTests(new SqliteEngine());

public sealed class StatusOnSqliteTests() : StatusTests(new SqliteEngine());

public sealed class RunTroublesOnSqliteTests() : RunTroublesTests(new SqliteEngine());

public sealed class LeasesOnSqliteTests() : LeaseTests(new SqliteEngine());

public sealed class ManagedFunctionsOnSqliteTests() : ManagedFunctionTests(new SqliteEngine());

public sealed class UnfinishedFunctionsOnSqliteTests() : UnfinishedFunctionTests(new SqliteEngine());

public sealed class FunctionReadsOnSqliteTests() : FunctionReadTests(new SqliteEngine());

public sealed class FunctionPoolsOnSqliteTests() : FunctionPoolTests(new SqliteEngine());

public sealed class SchedulesOnSqliteTests() : ScheduleTests(new SqliteEngine());

public sealed class ScheduleOverlapOnSqliteTests() : ScheduleOverlapTests(new SqliteEngine());

public sealed class PausedSchedulesOnSqliteTests() : PausedScheduleTests(new SqliteEngine());

public sealed class ScheduleFaultsOnSqliteTests() : ScheduleFaultTests(new SqliteEngine());

public sealed class ScheduleQueriesOnSqliteTests() : ScheduleQueryTests(new SqliteEngine());

public sealed class RaisedEventsOnSqliteTests() : RaisedEventTests(new SqliteEngine());

public sealed class TriggerBookOnSqliteTests() : TriggerBookTests(new SqliteEngine());

public sealed class BulkWalkOnSqliteTests() : BulkWalkTests(new SqliteEngine());

public sealed class BulkBookOnSqliteTests() : BulkBookTests(new SqliteEngine());

public sealed class HistoryOnSqliteTests() : HistoryTests(new SqliteEngine());

public sealed class RetentionOnSqliteTests() : RetentionTests(new SqliteEngine());

public sealed class RecordsOnSqliteTests() : RecordStoreTests(new SqliteEngine());

public sealed class ApiKeyStoreOnSqliteTests() : ApiKeyStoreTests(new SqliteEngine());

public sealed class StoredKeysOnSqliteTests() : StoredKeyTests(new SqliteEngine());

public sealed class GroupCommitOnSqliteTests() : GroupCommitTests(new SqliteEngine());

public sealed class LostRacesOnSqliteTests() : LostRaceTests(new SqliteEngine());

public sealed class UnknownCommitsOnSqliteTests() : UnknownCommitTests(new SqliteEngine());

public sealed class RolledBackOnSqliteTests() : RolledBackTests(new SqliteEngine());

public sealed class InputsOnSqliteTests() : InputTests(new SqliteEngine());

public sealed class IntakeRoomOnSqliteTests() : IntakeRoomTests(new SqliteEngine());

/// <summary>The database file and its folder, and what an exact clock shows.</summary>
public sealed class SqliteTaskStoreTests : IAsyncLifetime, IAsyncDisposable
{
    private readonly SqliteEngine _engine = new();

    [Fact]
    public async Task A_start_between_two_microseconds_is_rounded_up_never_down()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await _engine.ScheduleAsync(new() { FunctionName = "greet", StartTimestamp = StoredEngine.Start.AddTicks(1) });

        Assert.Equal(TransitionOutcome.Refused, await ClaimAsync(id, worker));
        await _engine.AdvanceAsync(TimeSpan.FromMicroseconds(1));
        Assert.Equal(TransitionOutcome.Applied, await ClaimAsync(id, worker));
    }

    [Fact]
    public void A_folder_in_use_is_not_opened_twice()
    {
        var exception = Assert.Throws<DataFolderException>(() => SqliteDatabase.Open(_engine.Folder).Dispose());

        Assert.Contains(_engine.Folder, exception.Message, StringComparison.Ordinal);
        Assert.Contains("in use", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_that_is_a_file_is_no_data_folder()
    {
        var file = Path.Combine(_engine.Folder, "file");
        File.WriteAllText(file, "");

        Assert.Throws<DataFolderException>(() => SqliteDatabase.Open(file).Dispose());
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_and_the_folder_freed()
    {
        var folder = Path.Combine(_engine.Folder, "broken");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, SqliteDatabase.FileName), new('x', 10_000));

        Assert.Throws<DataFolderException>(() => SqliteDatabase.Open(folder).Dispose());

        File.Delete(Path.Combine(folder, SqliteDatabase.FileName));
        SqliteDatabase.Open(folder).Dispose();
    }

    [Fact]
    public async Task A_new_process_forgets_earlier_workers_and_leaders_and_their_tasks_are_orphans()
    {
        var worker = await _engine.AddWorkerAsync();
        var id = await _engine.ScheduleAsync();
        await ClaimAsync(id, worker);
        await _engine.Store.LeadAsync(worker, TimeSpan.FromHours(1), default);
        await _engine.ReopenAsync();

        ((SqliteTaskStore)_engine.Store).ForgetEarlierProcesses();

        Assert.Empty(await _engine.Store.WorkersAsync(default));
        var term = await _engine.Store.LeadAsync(Guid.NewGuid(), TimeSpan.FromSeconds(1), default);
        Assert.NotNull(term);
        Assert.Equal([new Orphan(id, worker)], await _engine.Store.OrphansAsync(term.Epoch, 10, default));
    }

    [Fact]
    public async Task A_lease_runs_until_its_last_microsecond()
    {
        var (one, other, lease) = (Guid.NewGuid(), Guid.NewGuid(), TimeSpan.FromSeconds(10));
        await _engine.Store.LeadAsync(one, lease, default);

        await _engine.AdvanceAsync(lease);
        Assert.Null(await _engine.Store.LeadAsync(other, lease, default));
        await _engine.AdvanceAsync(TimeSpan.FromMicroseconds(1));
        Assert.Equal(2, (await _engine.Store.LeadAsync(other, lease, default))?.Epoch);
    }

    public Task InitializeAsync() => _engine.StartAsync();

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    private async Task<TransitionOutcome> ClaimAsync(TaskId id, Guid worker) =>
        (await _engine.RaiseAsync(new TaskClaimed(id.ToGuid(), Guid.NewGuid(), worker, TimeSpan.FromMinutes(5)))).Outcome;
}
