using Microsoft.Extensions.Hosting;

namespace TasksBus.Dispatch;

/// <summary>A background service that works in rounds while this process leads. A failed round is logged and tried again: the loop never ends by it.</summary>
public abstract class LeaderLoop(Leadership leadership, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(1);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await leadership.IsLeaderAsync(stoppingToken))
                {
                    await RoundAsync(stoppingToken);
                }
                else
                {
                    Forget();
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                Failed(exception);
                await Task.Delay(s_pauseAfterFailure, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await PauseAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Does what can be done now.</summary>
    protected abstract Task RoundAsync(CancellationToken cancellationToken);

    /// <summary>Waits for the next round.</summary>
    protected abstract Task PauseAsync(CancellationToken cancellationToken);

    /// <summary>Another process leads: what was remembered of the last rounds is void.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>Logs why a round failed.</summary>
    protected abstract void Failed(Exception exception);
}
