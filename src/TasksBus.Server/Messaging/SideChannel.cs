using RabbitMQ.Client;

namespace TasksBus.Server.Messaging;

/// <summary>
/// A channel for one kind of publishing that may go wrong. RabbitMQ closes a channel at a publish that it refuses; on the consumer's own, nothing would be taken from the queue
/// meanwhile, and the message would come again.
/// </summary>
internal sealed class SideChannel : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>The channel, opened anew where it was closed. What is published on it is confirmed, or throws.</summary>
    public async Task<IChannel> OpenAsync(IConnection connection, CancellationToken cancellationToken)
    {
        if (Current(connection) is { } current)
        {
            return current;
        }

        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (Current(connection) is { } opened)
            {
                return opened;
            }

            await CloseAsync();
            var channel = await connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
            (_connection, _channel) = (connection, channel);
            return channel;
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _opening.Dispose();
    }

    private IChannel? Current(IConnection connection) => _connection == connection && _channel is { IsOpen: true } open ? open : null;

    private ValueTask CloseAsync() => Interlocked.Exchange(ref _channel, null)?.DisposeAsync() ?? ValueTask.CompletedTask;
}
