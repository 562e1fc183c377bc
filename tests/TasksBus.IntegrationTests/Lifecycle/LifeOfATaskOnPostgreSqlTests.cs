using TasksBus.IntegrationTests.Servers;
using TasksBus.IntegrationTests.Storage;
using TasksBus.Tests.Lifecycle;
using Xunit;

namespace TasksBus.IntegrationTests.Lifecycle;

[Collection(NeedsDatabase.Name)]
public sealed class RaisedDirectlyOnPostgreSql(RaisedDirectlyOnPostgreSql.Rig rig)
    : RaisedDirectlyTests(rig), IClassFixture<RaisedDirectlyOnPostgreSql.Rig>
{
    public sealed class Rig(LocalServers servers) : StoreRig(new PostgresEngine(servers));
}
