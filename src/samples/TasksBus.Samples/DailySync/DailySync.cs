using Microsoft.Extensions.Logging;
using TasksBus.Worker;

namespace TasksBus.Samples.DailySync;

public sealed record Customer(string Id, string Name, DateTimeOffset ChangedAt);

public sealed record SyncResult(int Customers);

/// <summary>The other system, which tells who has changed since a moment, the longest unchanged first.</summary>
public interface ICrm
{
    Task<IReadOnlyList<Customer>> ChangedSinceAsync(DateTimeOffset? moment, int limit, CancellationToken cancellationToken);
}

/// <summary>Our own copy, which knows how far it has come.</summary>
public interface ICustomers
{
    Task<DateTimeOffset?> LatestChangeAsync(CancellationToken cancellationToken);

    Task SaveAsync(IReadOnlyList<Customer> customers, CancellationToken cancellationToken);
}

/// <summary>
/// Copies what has changed since the last run, a page at a time. It goes on where an earlier run ended, even one that was killed: what is
/// saved tells how far it came.
/// </summary>
public sealed class SyncCustomers(ICrm crm, ICustomers customers, ILogger<SyncCustomers> logger) : ITaskFunction<object?, SyncResult>
{
    public const string Name = "sync-customers";
    public const int PageSize = 100;

    public async Task<SyncResult> RunAsync(object? input, TaskContext task, CancellationToken cancellationToken)
    {
        for (var count = 0; ;)
        {
            var page = await crm.ChangedSinceAsync(await customers.LatestChangeAsync(cancellationToken), PageSize, cancellationToken);
            if (page.Count == 0)
            {
                logger.LogInformation("{Count} customers are new or have changed", count);
                return new(count);
            }

            await customers.SaveAsync(page, cancellationToken);
            count += page.Count;
        }
    }
}
