using Microsoft.Extensions.Hosting;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// A background service that works in rounds while this process leads. A failed round is logged and tried again, and never ends the loop.
/// </summary>
internal abstract class LeaderLoop(Leadership leadership, TimeProvider clock) : BackgroundService
{
    /// <summary>How long to wait before asking again for a lease that another process holds.</summary>
    private static readonly TimeSpan s_standby = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(1);

    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await TryRoundAsync(stoppingToken))
                {
                    await PauseAsync(stoppingToken);
                }
                else
                {
                    Forget();
                    await Task.Delay(s_standby, Clock, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (LeadershipLostException)
            {
                leadership.Doubt();
                Forget();
            }
            catch (BrokerUnavailableException exception)
            {
                Failed(exception);
                await leadership.StepAsideAsync(stoppingToken);
                Forget();
            }
            catch (Exception exception)
            {
                leadership.Doubt();
                Failed(exception);
                await Task.Delay(s_pauseAfterFailure, Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Works one round now. A caller that does not start this service paces the rounds itself.</summary>
    /// <returns>False when another process leads.</returns>
    internal async Task<bool> TryRoundAsync(CancellationToken cancellationToken)
    {
        if (await leadership.TermAsync(cancellationToken) is not { } term)
        {
            return false;
        }

        await RoundAsync(term, cancellationToken);
        return true;
    }

    protected TimeProvider Clock => clock;

    /// <summary>The term of this process, for a round that takes long. Null when it does not lead any more.</summary>
    protected Task<LeaderTerm?> TermAsync(CancellationToken cancellationToken) => leadership.TermAsync(cancellationToken);

    /// <summary>Does what can be done now.</summary>
    protected abstract Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken);

    /// <summary>Waits for the next round.</summary>
    protected abstract Task PauseAsync(CancellationToken cancellationToken);

    /// <summary>Another process leads. Everything remembered from the last rounds is void.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>Logs why a round failed.</summary>
    protected abstract void Failed(Exception exception);
}
