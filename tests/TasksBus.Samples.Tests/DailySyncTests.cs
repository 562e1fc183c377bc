using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Samples.DailySync;
using TasksBus.Schedules;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class DailySyncTests : SampleTest, ICrm, ICustomers
{
    private readonly List<Customer> _there = [];
    private readonly Dictionary<string, Customer> _here = [];
    private int _failingPages;

    [Fact]
    public async Task It_runs_at_three_in_the_morning_by_the_clocks_of_Brussels()
    {
        await AddScheduleAsync();

        await Harness.AdvanceAsync(TimeSpan.FromDays(120));

        var hours = Harness.Function(SyncCustomers.Name).Calls.Select(static call => call.At.UtcDateTime.Hour).ToArray();
        Assert.Equal(120, hours.Length);
        // Summer time begins on 31 March.
        Assert.Equal([2, 1], hours.Distinct());
    }

    [Fact]
    public async Task Each_run_copies_what_has_changed_since_the_last()
    {
        await AddScheduleAsync();
        _there.AddRange([Changed("ann", 1), Changed("bob", 2)]);
        await Harness.AdvanceAsync(TimeSpan.FromDays(1));
        _there.Add(Changed("cid", 30));

        await Harness.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.Equal(["ann", "bob", "cid"], _here.Keys.Order());
        var tasks = await Task.WhenAll((await Harness.TasksAsync()).Select(static task => task.FindAsync()));
        var logs = tasks.Select(static task => task!.Log);
        Assert.Contains(logs, static log => log!.Contains("2 customers are new or have changed", StringComparison.Ordinal));
        Assert.Contains(logs, static log => log!.Contains("1 customers are new or have changed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_run_takes_as_many_pages_as_there_are()
    {
        _there.AddRange(Enumerable.Range(0, 250).Select(i => Changed($"customer {i}", i)));

        var id = await Harness.ScheduleAsync(SyncCustomers.Name);

        await Harness.Task(id).ShouldComplete();
        Assert.Equal(250, _here.Count);
    }

    [Fact]
    public async Task The_next_run_goes_on_where_a_failed_one_ended()
    {
        _there.AddRange(Enumerable.Range(0, 250).Select(i => Changed($"customer {i}", i)));
        _failingPages = 1;

        await Harness.Task(await Harness.ScheduleAsync(SyncCustomers.Name)).ShouldFail("HttpRequestException", "The CRM is away.");
        Assert.Equal(SyncCustomers.PageSize, _here.Count);

        await Harness.Task(await Harness.ScheduleAsync(SyncCustomers.Name)).ShouldComplete();
        Assert.Equal(250, _here.Count);
    }

    Task<IReadOnlyList<Customer>> ICrm.ChangedSinceAsync(DateTimeOffset? moment, int limit, CancellationToken cancellationToken) =>
        _here.Count > 0 && _failingPages-- > 0
            ? throw new HttpRequestException("The CRM is away.")
            : Task.FromResult<IReadOnlyList<Customer>>(
                [.. _there.Where(each => moment is null || each.ChangedAt > moment).OrderBy(static each => each.ChangedAt).Take(limit)]);

    Task<DateTimeOffset?> ICustomers.LatestChangeAsync(CancellationToken cancellationToken) =>
        Task.FromResult(_here.Values.Max(static each => (DateTimeOffset?)each.ChangedAt));

    Task ICustomers.SaveAsync(IReadOnlyList<Customer> customers, CancellationToken cancellationToken)
    {
        foreach (var customer in customers)
        {
            _here[customer.Id] = customer;
        }

        return Task.CompletedTask;
    }

    protected override void Register(TaskFunctions functions) => functions.AddFunction<SyncCustomers>(SyncCustomers.Name);

    protected override void Replace(IServiceCollection services)
    {
        services.AddSingleton<ICrm>(this);
        services.AddSingleton<ICustomers>(this);
    }

    private static Customer Changed(string id, int hours) => new(id, id, Start.AddHours(hours));

    private Task<string> AddScheduleAsync() => Harness.AddScheduleAsync(
        new NewSchedule(new ScheduleTask { FunctionName = SyncCustomers.Name })
        {
            Cron = "0 3 * * *",
            TimeZone = "Europe/Brussels",
            Overlap = "skip",
        });
}
