using TasksBus.Client.MassTransit;
using TasksBus.Contracts;
using TasksBus.Worker;

namespace TasksBus.Samples.Renewals;

public sealed record RenewalInput(string SubscriptionId, int Period);

/// <summary>The subscriptions, and the money.</summary>
public interface ISubscriptions
{
    /// <summary>Charges a period once, however often it is asked to. Returns the end of the period, or null when nothing is to be renewed
    /// any more.</summary>
    Task<DateTimeOffset?> ChargeAsync(string subscriptionId, int period, CancellationToken cancellationToken);
}

/// <summary>Charges a period of a subscription and schedules its own successor for the end of that period.</summary>
public sealed class RenewSubscription(ISubscriptions subscriptions, ITaskPublisher tasks) : ITaskFunction<RenewalInput>
{
    public const string Name = "renew-subscription";

    public async Task RunAsync(RenewalInput input, TaskContext task, CancellationToken cancellationToken)
    {
        if (await subscriptions.ChargeAsync(input.SubscriptionId, input.Period, cancellationToken) is { } end)
        {
            await ScheduleAsync(tasks, input with { Period = input.Period + 1 }, end, cancellationToken);
        }
    }

    /// <summary>
    /// Begins a chain, or continues it. The id derives from the key, so <see cref="StopAsync"/> needs to remember nothing.
    /// </summary>
    public static Task<TaskId> ScheduleAsync(
        ITaskPublisher tasks, RenewalInput input, DateTimeOffset start, CancellationToken cancellationToken = default) =>
        tasks.ScheduleAsync(
            Name, input, new() { IdempotencyKey = KeyOf(input), StartTimestamp = start, Reference = input.SubscriptionId },
            cancellationToken);

    /// <summary>Cancels the renewal that waits.</summary>
    public static Task StopAsync(ITaskPublisher tasks, RenewalInput next, CancellationToken cancellationToken = default) =>
        tasks.CancelAsync(TaskId.FromKey(KeyOf(next)), cancellationToken);

    private static string KeyOf(RenewalInput input) => $"renewal of {input.SubscriptionId} period {input.Period}";
}
