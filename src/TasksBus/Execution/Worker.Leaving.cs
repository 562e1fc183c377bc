namespace TasksBus.Execution;

/// <content>How a worker stops.</content>
internal sealed partial class Worker
{
    /// <summary>
    /// From this moment on nothing new is taken, although other parts of the process, such as its web server, are stopped first.
    /// </summary>
    private Task LeaveOnce()
    {
        lock (_leavingOnce)
        {
            _slots.Close();
            return _leaving ??= Task.Run(LeaveAsync, CancellationToken.None);
        }
    }

    /// <summary>Takes nothing new, and waits for what runs.</summary>
    private async Task LeaveAsync()
    {
        await _stopping.CancelAsync();
        if (!_running.IsEmpty)
        {
            _logger.Draining(_options.DrainTimeout, _running.Count);
        }

        // Both run side by side, so that a broker or a database that is away takes no time from running functions.
        await Task.WhenAll(
            _lease.Registered.IsCompleted ? _lease.BeatAsync(0, _drain.Ended) : Task.CompletedTask, StopTakingAsync(),
            _drain.WaitAsync(_slots));
        if (!_running.IsEmpty && _invoker.Interrupt())
        {
            _logger.Interrupted(_running.Count);
            await _drain.WaitMoreAsync(_slots);
        }

        if (!_running.IsEmpty)
        {
            _logger.StoppedRunning(_running.Count);
        }

        await _ended.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lease.GiveUp();
        try
        {
            await _leases.RemoveWorkerAsync(_lease.WorkerId, _drain.Ended);
        }
        catch (Exception exception)
        {
            // If this fails, the silence says the same, a lease later.
            _logger.HeartbeatFailed(exception);
        }
    }

    private async Task StopTakingAsync()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_drain.Ended);
        patience.CancelAfter(TimeSpan.FromSeconds(5));
        try
        {
            await _queue.StopAsync(patience.Token);
        }
        catch (Exception exception)
        {
            // The broker is away. What it still holds is released again.
            _logger.NotStopped(exception);
        }
    }
}
