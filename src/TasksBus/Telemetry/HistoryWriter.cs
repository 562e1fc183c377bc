using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Storage;

namespace TasksBus.Telemetry;

/// <summary>
/// Stores what this process counts, every ten seconds if there is something new. A process that dies loses what it counted since. While the
/// database is away, it is kept in memory.
/// </summary>
internal sealed class HistoryWriter : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly IHistoryStore _store;
    private readonly RecentCounts _counts;
    private readonly TimeProvider _clock;
    private readonly ILogger<HistoryWriter> _logger;

    public HistoryWriter(IHistoryStore store, RecentCounts counts, TimeProvider clock, ILogger<HistoryWriter> logger)
    {
        (_store, _counts, _clock, _logger) = (store, counts, clock, logger);
        counts.IsKept = true;
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await TryWriteAsync(cancellationToken);
    }

    /// <summary>Stores what is new.</summary>
    internal async Task WriteAsync(CancellationToken cancellationToken)
    {
        var taken = _counts.Take();
        if (taken.Count == 0)
        {
            return;
        }

        try
        {
            await _store.WriteAsync(taken, cancellationToken);
        }
        catch
        {
            _counts.GiveBack(taken);
            throw;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(s_interval, _clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TryWriteAsync(stoppingToken);
        }
    }

    private async Task TryWriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The next attempt is the last one.
        }
        catch (Exception exception)
        {
            _logger.HistoryWaits(exception);
        }
    }
}
