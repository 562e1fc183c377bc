using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Storage;

namespace TasksBus.Intake;

/// <summary>
/// Writes the pools from the settings into the database, before the first task comes in. Every process reads them there. What is stored
/// already stays.
/// </summary>
internal sealed class PoolSettings(
    IFunctionPoolStore pools, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<PoolSettings> logger)
    : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        FunctionPool[] wanted =
            [.. options.Value.Pools.SelectMany(static pool => pool.Value, static (pool, function) => new FunctionPool(function, pool.Key))];
        if (wanted.Length == 0)
        {
            return;
        }

        await AnyThread.GoOn();
        var kept = await Backoff.RetryAsync<IReadOnlyList<FunctionPool>, StoreUnavailableException>(
            clock, () => pools.FillAsync(wanted), exception => logger.PoolsWait(exception), cancellationToken);
        foreach (var row in kept)
        {
            logger.PoolKept(row.FunctionName, row.Pool, wanted.First(one => one.FunctionName == row.FunctionName).Pool);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
