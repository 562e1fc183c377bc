using Microsoft.Extensions.DependencyInjection;
using TasksBus.Samples.Renewals;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class RenewalTests : SampleTest, ISubscriptions
{
    private readonly List<(int Period, DateTimeOffset At)> _charges = [];
    private int _last = int.MaxValue;

    [Fact]
    public async Task A_year_of_renewals_passes_in_a_moment()
    {
        await StartAsync();

        await Harness.AdvanceToAsync(Start.AddYears(1).AddDays(-1));

        Assert.Equal(Enumerable.Range(1, 12).Select(static period => (period, Start.AddMonths(period - 1))), _charges);
    }

    [Fact]
    public async Task One_that_is_stopped_is_charged_no_more()
    {
        await StartAsync();
        await Harness.AdvanceAsync(TimeSpan.FromDays(10));

        await PublishAsync(async tasks =>
        {
            await RenewSubscription.StopAsync(tasks, new("s1", 2));
            return true;
        });
        await Harness.AdvanceAsync(TimeSpan.FromDays(300));

        Assert.Single(_charges);
    }

    [Fact]
    public async Task The_chain_ends_when_nothing_is_to_be_renewed()
    {
        _last = 3;
        await StartAsync();

        await Harness.AdvanceAsync(TimeSpan.FromDays(365));

        Assert.Equal([1, 2, 3], _charges.Select(static charge => charge.Period));
        Assert.Equal(3, (await Harness.TasksAsync()).Count);
    }

    [Fact]
    public async Task A_chain_that_is_begun_twice_is_one_chain()
    {
        await StartAsync();
        await StartAsync();

        await Harness.AdvanceAsync(TimeSpan.FromDays(40));

        Assert.Equal([1, 2], _charges.Select(static charge => charge.Period));
    }

    Task<DateTimeOffset?> ISubscriptions.ChargeAsync(string subscriptionId, int period, CancellationToken cancellationToken)
    {
        _charges.Add((period, Harness.Now));
        return Task.FromResult<DateTimeOffset?>(period < _last ? Start.AddMonths(period) : null);
    }

    protected override void Register(TaskFunctions functions) => functions.AddFunction<RenewSubscription>(RenewSubscription.Name);

    protected override void Replace(IServiceCollection services) => services.AddSingleton<ISubscriptions>(this);

    private async Task StartAsync()
    {
        await PublishAsync(tasks => RenewSubscription.ScheduleAsync(tasks, new("s1", 1), Start));
        await Harness.RunAllAsync();
    }
}
