using TasksBus.Dispatch;

namespace TasksBus.Messaging;

internal static class Confirms
{
    /// <summary>A broker that takes longer to confirm counts as away. MassTransit itself would wait until it is back.</summary>
    private static readonly TimeSpan s_patience = BrokerReach.Patience;

    /// <exception cref="BrokerUnavailableException">The broker did not accept the message in time.</exception>
    public static async Task InTimeAsync(Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            await send(patience.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerUnavailableException(
                $"The broker did not take a message within {s_patience.TotalSeconds:0} seconds.", exception);
        }
    }
}
