using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Lifecycle;
using TasksBus.Server.Hosting;
using TasksBus.Storage;
using TasksBus.Storage.PostgreSql;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>A cluster with a virtual host and a database of its own, its members in this process. Only the functions are fake.</summary>
public sealed class TestCluster(LocalServers servers) : IAsyncLifetime, IAsyncDisposable
{
    private readonly List<Member> _members = [];
    private readonly List<OtherService> _services = [];
    private PostgresDatabase? _opened;

    internal TestBroker Broker { get; private set; } = null!;

    internal TestDatabase Database { get; private set; } = null!;

    internal PostgresTaskStore Store { get; private set; } = null!;

    /// <summary>Runs the functions of members that are given no invoker of their own.</summary>
    internal ScriptedInvoker Invoker { get; } = new();

    public async Task InitializeAsync()
    {
        Broker = await servers.CreateBrokerAsync();
        Database = await servers.CreateDatabaseAsync();
        _opened = new(Database.ConnectionString);
        Store = new(_opened, static () => new TaskSaga());
    }

    /// <summary>Starts a member; it stops with the cluster at the latest.</summary>
    /// <param name="broker">Default: the user that may do everything.</param>
    internal async Task<Member> AddAsync(
        Roles roles = Roles.All, Action<TasksBusOptions>? options = null, ScriptedInvoker? invoker = null,
        Action<IServiceCollection>? services = null, Uri? broker = null)
    {
        var member = await Member.StartAsync(
            Database.ConnectionString, broker ?? Broker.Address, roles, invoker ?? Invoker, options, services);
        Keep(member);
        return member;
    }

    /// <summary>Stops a member with the cluster.</summary>
    internal void Keep(Member member) => _members.Add(member);

    /// <summary>Starts a server as it ships, which listens; the caller stops it.</summary>
    internal async Task<ServerHost> StartServerAsync(string roles)
    {
        var server = await ServerHost.BuildAsync(
            [
                "--urls", "http://127.0.0.1:0", $"--ConnectionStrings:tasksbus={Database.ConnectionString}",
                $"--ConnectionStrings:rabbitmq={Broker.Address}",
                $"--TasksBus:Roles={roles}", "--TasksBus:Lambda:Endpoint=http://127.0.0.1:9", "--Logging:LogLevel:Default=None",
                "--Logging:LogLevel:MassTransit=None",
            ], services => services.AddSingleton<IFunctionInvoker>(Invoker));
        await server.StartAsync();
        return server;
    }

    internal async Task<OtherService> AddServiceAsync()
    {
        var service = await OtherService.StartAsync(Broker);
        _services.Add(service);
        return service;
    }

    /// <summary>Schedules tasks as the API does.</summary>
    internal async Task<TaskId[]> ScheduleAsync(
        int count, string function = "greet", DateTimeOffset? start = null, long? priority = null) =>
        [.. (await _members[0].Intake.ScheduleAllAsync([.. Enumerable.Repeat(
            new ScheduleTask { FunctionName = function, StartTimestamp = start, Priority = priority },
            count)])).Select(static task => task.Id)];

    internal async Task<TaskId> ScheduleAsync(string function = "greet", DateTimeOffset? start = null, long? priority = null) =>
        (await ScheduleAsync(1, function, start, priority))[0];

    internal Task<TaskRecord?> FindAsync(TaskId id) => Store.FindAsync(id);

    internal Task<TaskRecord> ReachesAsync(TaskId id, string status) => Store.ReachesAsync(id, status);

    internal async Task CompleteAsync(IReadOnlyCollection<TaskId> ids)
    {
        await Eventually.TrueAsync(async () => (await Store.LoadAsync([.. ids], CancellationToken.None)).Values.Count(
            static task => task.Status is TaskStates.Complete or TaskStates.Failed or TaskStates.Canceled) == ids.Count,
            $"{ids.Count} tasks end");
        Assert.All(
            await Store.LoadAsync([.. ids], CancellationToken.None), static task => Assert.Equal(TaskStates.Complete, task.Value.Status));
    }

    internal Task<long> CountTasksAsync() => Database.ScalarAsync<long>("select count(*) from tasks");

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    /// <summary>Whatever a test did, the stored data is consistent at its end.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Task.WhenAll(_members.Select(static member => member.DisposeAsync().AsTask()));
            await Task.WhenAll(_services.Select(static service => service.DisposeAsync().AsTask()));
            Assert.Empty(await Database.ContradictionsAsync());
        }
        finally
        {
            await (_opened?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (Broker?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (Database?.DisposeAsync() ?? ValueTask.CompletedTask);
        }
    }
}

/// <summary>A test with a cluster of its own.</summary>
[Collection(NeedsServers.Name)]
public abstract class ClusterTest : IAsyncLifetime
{
    private protected ClusterTest(LocalServers servers) => (Servers, Cluster) = (servers, new(servers));

    private protected LocalServers Servers { get; }

    private protected TestCluster Cluster { get; }

    public Task InitializeAsync() => Cluster.InitializeAsync();

    public Task DisposeAsync() => Cluster.DisposeAsync().AsTask();
}

/// <summary>One cluster for all tests of a class: a member with all roles.</summary>
public sealed class RunningCluster(LocalServers servers) : IAsyncLifetime
{
    public TestCluster Cluster { get; } = new(servers);

    public async Task InitializeAsync()
    {
        await Cluster.InitializeAsync();
        Member = await Cluster.AddAsync();
    }

    internal Member Member { get; private set; } = null!;

    public Task DisposeAsync() => Cluster.DisposeAsync().AsTask();
}
