using RabbitMQ.Client;

namespace TasksBus.RabbitMq;

/// <summary>
/// A channel for one kind of publishing that may fail. RabbitMQ closes a channel on a publish that it refuses. If that were the consumer's
/// own channel, nothing would be consumed meanwhile, and the message would be delivered again.
/// </summary>
internal sealed class SideChannel : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>Returns the channel, and opens it again if it was closed. A publish on it is confirmed, or throws.</summary>
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
            var channel = await connection.CreateChannelAsync(
                new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), cancellationToken);
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
