using System.Collections.Concurrent;
using System.Globalization;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using TasksBus.Intake;
using TasksBus.Messaging;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace TasksBus.RabbitMq;

/// <summary>
/// Moves messages that cannot be handled to the error queue of their queue. It uses channels of its own, so that a move that RabbitMQ
/// refuses disturbs nothing else.
/// </summary>
internal sealed class ErrorQueues(IOptions<TasksBusOptions> options) : IAsyncDisposable
{
    private const int MaxReason = 1_000;
    private const int MaxStackTrace = 4_000;

    /// <summary>
    /// All headers of a message must fit into one frame, by default 128 KB. If the message's own headers are larger than this, ours might
    /// not fit.
    /// </summary>
    private const int MaxHeaders = 64 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private const int MaxAttempts = 3;

    /// <summary>Each error queue has its own channel, so a refusal by the broker disturbs no other queue.</summary>
    private readonly ConcurrentDictionary<string, SideChannel> _channels = [];
    private readonly Lock _declaring = new();
    private IConnection? _connection;
    private HashSet<string> _declared = [];

    /// <summary>Moves a message.</summary>
    /// <returns>Null when the message is in the error queue. Otherwise the reason why the broker does not accept it there.</returns>
    /// <exception cref="Exception">The broker is away. The message will be delivered again.</exception>
    public async Task<string?> MoveAsync(ExceptionReceiveContext message)
    {
        var (delivery, connection) =
            (message.GetPayload<RabbitMqBasicConsumeContext>(), message.GetPayload<ConnectionContext>().Connection);
        var queue = $"{QueueName.Of(message.InputAddress)}_error";
        var properties = PropertiesOf(delivery.Properties, message);
        using var patience = new CancellationTokenSource(s_patience);
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                await DeclareAsync(connection, queue, patience.Token);
                var channel = await _channels.GetOrAdd(queue, static _ => new()).OpenAsync(connection, patience.Token);
                await channel.BasicPublishAsync(queue, queue, mandatory: true, properties, message.Body.GetBytes(), patience.Token);
                return null;
            }
            catch (Exception exception) when (connection.IsOpen && exception is not OperationCanceledException)
            {
                // The second try declares the queue again, in case it was deleted meanwhile, and leaves out the message's own headers, in
                // case they are what cannot be sent.
                Declared(connection, queue, false);
                AddReason(properties, message, []);
                if (attempts == MaxAttempts)
                {
                    return exception is PublishException { IsReturn: true } ? $"nothing leads to {queue}" : exception.Message;
                }
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels.Values)
        {
            await channel.DisposeAsync();
        }
    }

    /// <summary>Declares the exchange and the queue. If they exist with other properties, they are used as they are.</summary>
    private async Task DeclareAsync(IConnection connection, string queue, CancellationToken cancellationToken)
    {
        if (Declared(connection, queue))
        {
            return;
        }

        var arguments = options.Value.QuorumQueues ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null;
        await TryAsync(
            channel => channel.ExchangeDeclareAsync(
                queue, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken));
        await TryAsync(
            channel => channel.QueueDeclareAsync(
                queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken));
        await TryAsync(channel => channel.QueueBindAsync(queue, queue, queue, cancellationToken: cancellationToken));
        Declared(connection, queue, true);

        async Task TryAsync(Func<IChannel, Task> declare)
        {
            try
            {
                await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
                await declare(channel);
            }
            catch (OperationInterruptedException) when (connection.IsOpen)
            {
                // Sending the message will show whether they can be used.
            }
        }
    }

    private bool Declared(IConnection connection, string queue, bool? isDeclared = null)
    {
        lock (_declaring)
        {
            if (_connection != connection)
            {
                (_connection, _declared) = (connection, []);
            }

            return isDeclared switch
            {
                true => _declared.Add(queue),
                false => _declared.Remove(queue),
                null => _declared.Contains(queue),
            };
        }
    }

    /// <summary>
    /// Copies what describes the message, and adds the reason. It omits what would redirect or stop the message: its user, its expiration,
    /// and the headers CC and BCC.
    /// </summary>
    private static BasicProperties PropertiesOf(IReadOnlyBasicProperties original, ExceptionReceiveContext message)
    {
        var properties = new BasicProperties(original) { DeliveryMode = DeliveryModes.Persistent };
        properties.ClearUserId();
        properties.ClearExpiration();
        properties.ClearClusterId();
        AddReason(properties, message, HeadersOf(original));
        return properties;
    }

    private static void AddReason(BasicProperties properties, ExceptionReceiveContext message, Dictionary<string, object?> headers)
    {
        var exception = message.Exception;
        properties.Headers = headers;
        headers[MessageHeaders.Reason] = "fault";
        headers[MessageHeaders.FaultInputAddress] = message.InputAddress.ToString();
        headers[MessageHeaders.FaultTimestamp] = message.ExceptionTimestamp.ToString("O", CultureInfo.InvariantCulture);
        headers[MessageHeaders.FaultExceptionType] = exception.GetType().FullName;
        headers[MessageHeaders.FaultMessage] = Excerpt.Of(exception.Message, MaxReason);
        if (exception is not CommandRefusedException)
        {
            headers[MessageHeaders.FaultStackTrace] = Excerpt.Of(exception.ToString(), MaxStackTrace);
        }
    }

    private static Dictionary<string, object?> HeadersOf(IReadOnlyBasicProperties original) =>
        original.Headers is { } headers && SizeOf(headers) <= MaxHeaders
            ? headers.Where(static header => header.Key is not ("CC" or "BCC")).ToDictionary()
            : [];

    private static int SizeOf(object? value) => value switch
    {
        byte[] bytes => bytes.Length,
        string text => 3 * text.Length,
        BinaryTableValue binary => binary.Bytes.Length,
        IDictionary<string, object?> table => table.Sum(static entry => (3 * entry.Key.Length) + SizeOf(entry.Value)),
        System.Collections.IList list => list.Cast<object?>().Sum(SizeOf),
        _ => 16,
    };
}
