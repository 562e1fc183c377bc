using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Client.MassTransit;
using TasksBus.Worker;

namespace TasksBus.Samples.Measurements;

/// <summary>A device has measured a patient's blood pressure.</summary>
public sealed record MeasurementArrived(string MeasurementId, string PatientId, int Systolic, int Diastolic);

public sealed record Verdict(string Level);

/// <summary>Whoever must know at once.</summary>
public interface IAlarms
{
    Task RaiseAsync(string patientId, string text, CancellationToken cancellationToken);
}

/// <summary>Schedules a task for each measurement. One that is delivered twice makes one task, because of its key.</summary>
public sealed class MeasurementConsumer(ITaskPublisher tasks) : IConsumer<MeasurementArrived>
{
    private const int Urgent = 10;

    public Task Consume(ConsumeContext<MeasurementArrived> context)
    {
        var measurement = context.Message;
        return tasks.ScheduleAsync(
            ProcessMeasurement.Name, measurement,
            new()
            {
                IdempotencyKey = $"measurement {measurement.MeasurementId}",
                // What looks dangerous overtakes what waits.
                Priority = measurement.Systolic >= ProcessMeasurement.Dangerous ? Urgent : 0,
                Tags = ["measurement"],
                Reference = measurement.PatientId,
            }, context.CancellationToken);
    }
}

/// <summary>Judges a measurement. The verdict is the task's result.</summary>
public sealed class ProcessMeasurement(IAlarms alarms, ILogger<ProcessMeasurement> logger) : ITaskFunction<MeasurementArrived, Verdict>
{
    public const string Name = "process-measurement";
    public const int Dangerous = 180;
    private const int High = 140;

    public async Task<Verdict> RunAsync(MeasurementArrived input, TaskContext task, CancellationToken cancellationToken)
    {
        if (input.Systolic <= input.Diastolic)
        {
            throw new FunctionErrorException("ImplausibleMeasurement", $"{input.Systolic}/{input.Diastolic} cannot be a blood pressure.");
        }

        Verdict verdict = new(input.Systolic >= Dangerous ? "dangerous" : input.Systolic >= High ? "high" : "normal");
        logger.LogInformation("{Systolic}/{Diastolic} is {Level}", input.Systolic, input.Diastolic, verdict.Level);
        if (input.Systolic >= Dangerous)
        {
            await alarms.RaiseAsync(input.PatientId, $"Blood pressure {input.Systolic}/{input.Diastolic}", cancellationToken);
        }

        return verdict;
    }
}
