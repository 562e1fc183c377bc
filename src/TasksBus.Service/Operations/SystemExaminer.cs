using TasksBus.Operations;
using TasksBus.RabbitMq;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>Says what is wrong with the system. What it says of the broker and of the clock is what this process sees.</summary>
public sealed class SystemExaminer(IConditionReader store, IStoreClock storeClock, TimeProvider clock, IServiceProvider services)
{
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task<IReadOnlyList<SystemCheck>> ExamineAsync(SystemStatus status, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(status);
        var bus = BusHealth.Of(services);
        return SystemChecks.Of(new(
            status, await ConditionAsync(cancellationToken), new(bus.IsHealthy, bus.NotTaken),
            await store.RunTroublesAsync(status.At - SystemChecks.Lately, cancellationToken), await ClockAheadAsync(cancellationToken)));
    }

    /// <summary>A database whose user may not ask for its condition is no reason to say nothing of the rest.</summary>
    private async Task<StoreCondition?> ConditionAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await store.ConditionAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not (StoreUnavailableException or OperationCanceledException))
        {
            return null;
        }
    }

    /// <summary>The database read its clock at some moment between the question and its answer.</summary>
    private async Task<TimeSpan> ClockAheadAsync(CancellationToken cancellationToken)
    {
        var asked = clock.GetUtcNow();
        var there = await storeClock.NowAsync(cancellationToken);
        var answered = clock.GetUtcNow();
        return asked > there ? asked - there : answered < there ? answered - there : TimeSpan.Zero;
    }
}
