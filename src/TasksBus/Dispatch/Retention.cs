using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>Removes logs and API requests that are older than they are to be kept: in small batches, so that nothing else waits for long.</summary>
public sealed class Retention(
    IRecordStore records, Leadership leadership, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<Retention> logger) : LeaderLoop(leadership, clock)
{
    /// <summary>Rows in one transaction.</summary>
    public const int AtOnce = 500;

    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_breath = TimeSpan.FromMilliseconds(50);

    private bool _isMore;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        var logs = await records.RemoveLogsAsync(options.Value.LogRetention, AtOnce, cancellationToken);
        var requests = await records.RemoveApiRequestsAsync(options.Value.ApiRequestRetention, AtOnce, cancellationToken);
        _isMore = logs >= AtOnce || requests >= AtOnce;
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) => Task.Delay(_isMore ? s_breath : s_interval, Clock, cancellationToken);

    protected override void Failed(Exception exception) => logger.NotRemovedOld(exception);
}
