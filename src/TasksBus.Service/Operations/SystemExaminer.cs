using TasksBus.Operations;
using TasksBus.RabbitMq;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>Says what is wrong with the system. What it says of the broker is what this process sees.</summary>
public sealed class SystemExaminer(IConditionReader store, IServiceProvider services)
{
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    public async Task<IReadOnlyList<SystemCheck>> ExamineAsync(SystemStatus status, CancellationToken cancellationToken)
    {
        var bus = BusHealth.Of(services);
        return SystemChecks.Of(new(status, await ConditionAsync(cancellationToken), new(bus.IsHealthy, bus.NotTaken)));
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
}
