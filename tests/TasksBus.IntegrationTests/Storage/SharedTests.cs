using TasksBus.IntegrationTests.Servers;
using TasksBus.Tests.Bulk;
using TasksBus.Tests.Functions;
using TasksBus.Tests.Query;
using TasksBus.Tests.Schedules;
using TasksBus.Tests.Storage;
using TasksBus.Tests.Triggers;
using Xunit;

namespace TasksBus.IntegrationTests.Storage;

[Collection(NeedsDatabase.Name)]
public sealed class TaskStoreOnPostgreSqlTests(LocalServers servers) : TaskStoreTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ReadyQueueOnPostgreSqlTests(LocalServers servers) : ReadyQueueTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class RunTroublesOnPostgreSqlTests(LocalServers servers) : RunTroublesTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class StatusOnPostgreSqlTests(LocalServers servers) : StatusTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class LeasesOnPostgreSqlTests(LocalServers servers) : LeaseTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ManagedFunctionsOnPostgreSqlTests(LocalServers servers) : ManagedFunctionTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class UnfinishedFunctionsOnPostgreSqlTests(LocalServers servers) : UnfinishedFunctionTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class FunctionReadsOnPostgreSqlTests(LocalServers servers) : FunctionReadTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class FunctionPoolsOnPostgreSqlTests(LocalServers servers) : FunctionPoolTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class SchedulesOnPostgreSqlTests(LocalServers servers) : ScheduleTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ScheduleOverlapOnPostgreSqlTests(LocalServers servers) : ScheduleOverlapTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class PausedSchedulesOnPostgreSqlTests(LocalServers servers) : PausedScheduleTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ScheduleFaultsOnPostgreSqlTests(LocalServers servers) : ScheduleFaultTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ScheduleQueriesOnPostgreSqlTests(LocalServers servers) : ScheduleQueryTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class RaisedEventsOnPostgreSqlTests(LocalServers servers) : RaisedEventTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class TriggerBookOnPostgreSqlTests(LocalServers servers) : TriggerBookTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class BulkWalkOnPostgreSqlTests(LocalServers servers) : BulkWalkTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class BulkBookOnPostgreSqlTests(LocalServers servers) : BulkBookTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class HistoryOnPostgreSqlTests(LocalServers servers) : HistoryTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class RetentionOnPostgreSqlTests(LocalServers servers) : RetentionTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class ApiKeyStoreOnPostgreSqlTests(LocalServers servers) : ApiKeyStoreTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class StoredKeysOnPostgreSqlTests(LocalServers servers) : StoredKeyTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class GroupCommitOnPostgreSqlTests(LocalServers servers) : GroupCommitTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class LostRacesOnPostgreSqlTests(LocalServers servers) : LostRaceTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class UnknownCommitsOnPostgreSqlTests(LocalServers servers) : UnknownCommitTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class RolledBackOnPostgreSqlTests(LocalServers servers) : RolledBackTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class InputsOnPostgreSqlTests(LocalServers servers) : InputTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class IntakeRoomOnPostgreSqlTests(LocalServers servers) : IntakeRoomTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class QueriesOnPostgreSqlTests(LocalServers servers) : QueryTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class RecordsOnPostgreSqlTests(LocalServers servers) : RecordStoreTests(new PostgresEngine(servers));

[Collection(NeedsDatabase.Name)]
public sealed class DeepPathsOnPostgreSqlTests(LocalServers servers) : DeepPathTests(new PostgresEngine(servers));
