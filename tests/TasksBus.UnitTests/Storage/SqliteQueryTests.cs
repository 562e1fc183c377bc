using TasksBus.Tests.Query;

namespace TasksBus.UnitTests.Storage;

public sealed class QueriesOnSqliteTests() : QueryTests(new SqliteEngine());

public sealed class DeepPathsOnSqliteTests() : DeepPathTests(new SqliteEngine());
