using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Samples.Measurements;
using TasksBus.Testing;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class MeasurementTests : SampleTest, IAlarms
{
    private readonly List<string> _alarms = [];

    [Theory]
    [InlineData(120, "normal")]
    [InlineData(140, "high")]
    [InlineData(180, "dangerous")]
    public async Task A_measurement_is_judged(int systolic, string level)
    {
        await Harness.Bus.Publish(new MeasurementArrived("m1", "ann", systolic, 80));
        await Harness.RunAllAsync();

        var task = await Assert.Single(await Harness.TasksAsync()).ShouldComplete();
        Assert.Equal("ann", task.Reference);
        Assert.Equal($$"""{"level":"{{level}}"}""", task.Result);
    }

    [Fact]
    public async Task Only_a_dangerous_one_raises_an_alarm()
    {
        await Harness.Bus.Publish(new MeasurementArrived("m1", "ann", 179, 80));
        await Harness.Bus.Publish(new MeasurementArrived("m2", "bob", 180, 90));
        await Harness.RunAllAsync();

        Assert.Equal(["bob: Blood pressure 180/90"], _alarms);
    }

    [Fact]
    public async Task What_is_delivered_twice_is_processed_once()
    {
        for (var i = 0; i < 3; i++)
        {
            await Harness.Bus.Publish(new MeasurementArrived("m1", "ann", 200, 80));
            await Harness.RunAllAsync();
        }

        await Assert.Single(await Harness.TasksAsync()).ShouldRunOnce();
        Assert.Single(_alarms);
    }

    [Fact]
    public async Task A_dangerous_one_overtakes_those_that_wait()
    {
        foreach (var (id, systolic) in new[] { ("m1", 120), ("m2", 130), ("m3", 190) })
        {
            await Harness.Bus.Publish(new MeasurementArrived(id, "ann", systolic, 80));
        }

        await Harness.RunAllAsync();

        var ids = Harness.Function(ProcessMeasurement.Name).Calls
            .Select(static call => call.DataAs<MeasurementArrived>()!.MeasurementId).ToArray();
        Assert.Equal("m3", ids[0]);
        // The consumers run at the same time, so either of the others may be scheduled first.
        Assert.Equal(["m1", "m2"], ids[1..].Order());
    }

    [Fact]
    public async Task One_that_cannot_be_is_refused_with_the_reason()
    {
        await Harness.Bus.Publish(new MeasurementArrived("m1", "ann", 80, 120));
        await Harness.RunAllAsync();

        await Assert.Single(await Harness.TasksAsync()).ShouldFail("ImplausibleMeasurement", "80/120 cannot be a blood pressure.");
    }

    [Fact]
    public async Task A_task_of_somebody_else_without_what_is_needed_fails_and_says_so()
    {
        var id = await Harness.ScheduleAsync(ProcessMeasurement.Name, new { systolic = "high" });

        await Harness.Task(id).ShouldFail(TaskContext.InvalidInput);
    }

    Task IAlarms.RaiseAsync(string patientId, string text, CancellationToken cancellationToken)
    {
        _alarms.Add($"{patientId}: {text}");
        return Task.CompletedTask;
    }

    protected override void Register(TaskFunctions functions) => functions.AddFunction<ProcessMeasurement>(ProcessMeasurement.Name);

    protected override void Replace(IServiceCollection services) => services.AddSingleton<IAlarms>(this);

    protected override void AddConsumers(IBusRegistrationConfigurator bus) => bus.AddConsumer<MeasurementConsumer>();

    protected override void Configure(TasksBusTestHarnessOptions tasks) => tasks.Settings.KeepResults = [ProcessMeasurement.Name];
}
