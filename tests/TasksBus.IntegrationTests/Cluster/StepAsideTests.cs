using TasksBus.Contracts;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>A leader that is cut off from the broker, beside members that are not.</summary>
public sealed class StepAsideTests(LocalServers servers) : ClusterTest(servers)
{
    private const int Leads = 206;

    /// <summary>
    /// The promise is 10 seconds; the rest is for a busy machine. A fault here once took 10 seconds for each message.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(16);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Another_leads_soon_when_the_leader_is_cut_off_from_the_broker_and_all_tasks_run(bool isSilent)
    {
        await using Network network = new(Cluster.Broker.Address);
        var leader = await AddCutOffAsync(network);
        for (var i = 0; i < 2; i++)
        {
            await Cluster.AddAsync(Roles.Worker, static options => options.WorkerSlots = 10);
        }

        await Cluster.CompleteAsync(await Cluster.ScheduleAsync(2));
        var other = await Cluster.AddAsync(Roles.Dispatcher);
        Assert.Empty(other.Log.Of(Leads));

        if (isSilent)
        {
            network.Cut();
        }
        else
        {
            await network.CloseAsync();
        }

        var began = TimeProvider.System.GetTimestamp();
        // Each task has a message of its own.
        var ids = await Cluster.ScheduleAsync(6);

        await Eventually.TrueAsync(() => other.Log.Of(Leads).Count > 0, "the other leads");
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.Zero, s_patience);
        await Cluster.CompleteAsync(ids);
        Assert.All(ids, id => Assert.Equal(1, Cluster.Invoker.CountOf(id)));
        Assert.NotEmpty(leader.Log.Of(201));
        network.Mend();
        await leader.StopAsync();
    }

    [Fact]
    public async Task Events_leave_through_another_when_the_leader_is_cut_off_from_the_broker()
    {
        await using Network network = new(Cluster.Broker.Address);
        var service = await Cluster.AddServiceAsync();
        var leader = await AddCutOffAsync(network);
        await Cluster.AddAsync(Roles.Worker);
        await Cluster.CompleteAsync([await Cluster.ScheduleAsync()]);
        await Eventually.TrueAsync(() => service.Events.Count == 1, "its end is heard of");
        var other = await Cluster.AddAsync(Roles.Dispatcher);

        network.Cut();
        // Nothing is released; only the event of its cancel is sent.
        var id = await Cluster.ScheduleAsync("never", new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await leader.Intake.CancelAsync(id);

        await Eventually.TrueAsync(() => service.Of(id).Count > 0, "its end is heard of");
        Assert.NotEmpty(other.Log.Of(Leads));
        network.Mend();
        await leader.StopAsync();
    }

    /// <summary>It leads, because it is the only dispatcher when it starts.</summary>
    private async Task<Member> AddCutOffAsync(Network network)
    {
        var member = await Member.StartAsync(
            Cluster.Database.ConnectionString, network.Address, Roles.Api | Roles.Dispatcher, Cluster.Invoker, null, null);
        Cluster.Keep(member);
        await Eventually.TrueAsync(() => member.Log.Of(Leads).Count > 0, "it leads");
        return member;
    }
}
