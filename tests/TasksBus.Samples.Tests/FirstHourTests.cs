using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Samples.FirstHour;
using TasksBus.Schedules;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class FirstHourTests : SampleTest, IMailServer
{
    private readonly List<string> _sent = [];

    [Fact]
    public async Task A_job_runs_at_once()
    {
        var id = await DoAsync(static jobs => jobs.EnqueueAsync(new("ann", "hello")));

        await Harness.Task($"{id}").ShouldComplete();
        Assert.Equal(["ann: hello"], _sent);
    }

    [Fact]
    public async Task A_scheduled_job_waits_for_its_time()
    {
        var id = await DoAsync(static jobs => jobs.ScheduleAsync(new("ann", "tomorrow"), TimeSpan.FromDays(1)));

        await Harness.Task($"{id}").ShouldBeNew();
        await Harness.AdvanceAsync(TimeSpan.FromDays(1));
        await Harness.Task($"{id}").ShouldComplete();
    }

    [Fact]
    public async Task A_deleted_job_never_runs()
    {
        var id = await DoAsync(static jobs => jobs.ScheduleAsync(new("ann", "tomorrow"), TimeSpan.FromDays(1)));

        await DoAsync(async jobs =>
        {
            await jobs.DeleteAsync(id);
            return id;
        });
        await Harness.AdvanceAsync(TimeSpan.FromDays(2));

        await Harness.Task($"{id}").ShouldBeCanceled();
        Assert.Empty(_sent);
    }

    [Fact]
    public async Task An_urgent_job_overtakes()
    {
        await DoAsync(static jobs => jobs.EnqueueAsync(new("ann", "usual")));
        await DoAsync(static jobs => jobs.EnqueueUrgentAsync(new("bob", "urgent")));

        await Harness.RunAllAsync();

        Assert.Equal(["bob: urgent", "ann: usual"], _sent);
    }

    [Fact]
    public async Task A_job_with_a_key_runs_once()
    {
        await DoAsync(static jobs => jobs.EnqueueOnceAsync(new("ann", "welcome"), "welcome ann"));
        await DoAsync(static jobs => jobs.EnqueueOnceAsync(new("ann", "welcome"), "welcome ann"));

        await Harness.RunAllAsync();

        Assert.Single(_sent);
    }

    [Fact]
    public async Task A_recurring_job_runs_at_its_times()
    {
        ScheduleTask task = new() { FunctionName = "send-mail", Data = Json(new Mail("ann", "news")) };
        await Harness.AddScheduleAsync(new NewSchedule(task) { Cron = "0 8 * * MON" });

        await Harness.AdvanceAsync(TimeSpan.FromDays(28));

        Assert.Equal(4, _sent.Count);
    }

    [Theory]
    [InlineData("cat.png", "ann: Your picture is ready.")]
    [InlineData("cat.txt", "ann: Your picture could not be read: cat.txt is no picture.")]
    public async Task A_job_continues_another(string path, string mail)
    {
        await DoAsync(jobs => jobs.ShrinkAsync(new(path), "ann"));

        await Harness.RunAllAsync();

        Assert.Equal([mail], _sent);
    }

    Task IMailServer.SendAsync(Mail mail, CancellationToken cancellationToken)
    {
        _sent.Add($"{mail.To}: {mail.Text}");
        return Task.CompletedTask;
    }

    protected override void Register(TaskFunctions functions) => JobFunctions.Register(functions);

    protected override void Replace(IServiceCollection services) => services.AddSingleton<IMailServer>(this);

    protected override void AddConsumers(IBusRegistrationConfigurator bus) => bus.AddConsumer<ShrinkEnded>();

    private Task<TaskId> DoAsync(Func<Jobs, Task<TaskId>> act) => PublishAsync(tasks => act(new(tasks, Harness.Clock)));
}
