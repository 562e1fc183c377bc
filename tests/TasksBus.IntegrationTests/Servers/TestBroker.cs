using System.Globalization;
using System.Text;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace TasksBus.IntegrationTests.Servers;

/// <summary>A virtual host of one test, used by a client that knows only AMQP.</summary>
internal sealed class TestBroker(LocalServers servers, string virtualHost, Uri address) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private IConnection? _connection;

    public Uri Address => address;

    /// <summary>Publishes, and waits until the broker confirms.</summary>
    /// <param name="exchange">Default: the exchange that routes by the name of a queue.</param>
    public async Task PublishAsync(ReadOnlyMemory<byte> body, string queue, string exchange = "", BasicProperties? properties = null)
    {
        await using var channel = await OpenChannelAsync();
        await channel.BasicPublishAsync(exchange, queue, mandatory: true, properties ?? new(), body);
    }

    /// <summary>Publishes JSON as a client in any language does.</summary>
    /// <param name="messageId">Default: a new id. Empty: no id.</param>
    public Task PublishJsonAsync(string json, string queue, string exchange = "", string? messageId = null)
    {
        var properties = new BasicProperties { ContentType = "application/json", DeliveryMode = DeliveryModes.Persistent };
        if (messageId != "")
        {
            properties.MessageId = messageId ?? Guid.NewGuid().ToString();
        }

        return PublishAsync(Encoding.UTF8.GetBytes(json), queue, exchange, properties);
    }

    /// <summary>Declares a queue as another service might.</summary>
    /// <param name="name">Empty: the broker gives it a name.</param>
    /// <returns>Its name.</returns>
    public async Task<string> DeclareQueueAsync(string name, params (string Name, object Value)[] arguments)
    {
        await using var channel = await OpenChannelAsync();
        return await channel.QueueDeclareAsync(
            name, durable: name != "", exclusive: name == "", autoDelete: false,
            arguments.ToDictionary(static one => one.Name, static one => (object?)one.Value));
    }

    /// <summary>Declares a queue that gets what an exchange routes by a key.</summary>
    public async Task ListenAsync(string queue, string exchange, string routingKey)
    {
        await DeclareQueueAsync(queue);
        await using var channel = await OpenChannelAsync();
        await channel.QueueBindAsync(queue, exchange, routingKey);
    }

    public async Task DeleteQueueAsync(string name)
    {
        await using var channel = await OpenChannelAsync();
        await channel.QueueDeleteAsync(name);
    }

    public async Task DeleteExchangeAsync(string name)
    {
        await using var channel = await OpenChannelAsync();
        await channel.ExchangeDeleteAsync(name);
    }

    /// <summary>Takes the next message of a queue, once there is one.</summary>
    public async Task<BasicGetResult> TakeAsync(string queue)
    {
        await Eventually.TrueAsync(async () => await CountAsync(queue) > 0, $"{queue} has a message");
        await using var channel = await OpenChannelAsync();
        return (await channel.BasicGetAsync(queue, autoAck: true))!;
    }

    /// <summary>Asks as a client of AMQP does with RabbitMQ's direct reply.</summary>
    public async Task<string> AskDirectlyAsync(string json, string queue)
    {
        await using var channel = await OpenChannelAsync();
        TaskCompletionSource<string> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += (_, answer) =>
        {
            answered.TrySetResult(Encoding.UTF8.GetString(answer.Body.Span));
            return Task.CompletedTask;
        };
        await channel.BasicConsumeAsync("amq.rabbitmq.reply-to", autoAck: true, consumer);
        await channel.BasicPublishAsync("", queue, mandatory: true, new BasicProperties
        {
            ContentType = "application/json",
            MessageId = Guid.NewGuid().ToString(),
            ReplyTo = "amq.rabbitmq.reply-to",
        },
            Encoding.UTF8.GetBytes(json));
        return await answered.Task.WaitAsync(TimeSpan.FromMinutes(2));
    }

    /// <summary>Adds a user of the virtual host, whose password is its name.</summary>
    /// <returns>The address for this user.</returns>
    public async Task<Uri> AddUserAsync(string user, string configure = ".*", string write = ".*", string read = ".*")
    {
        await servers.RabbitMqCtlAsync("add_user", user, user);
        await servers.RabbitMqCtlAsync("set_permissions", "-p", virtualHost, user, configure, write, read);
        return new UriBuilder(address) { UserName = user, Password = user }.Uri;
    }

    /// <summary>The messages that wait in a queue; none where there is no such queue.</summary>
    public async Task<int> CountAsync(string queue)
    {
        try
        {
            await using var channel = await OpenChannelAsync();
            return (int)(await channel.QueueDeclarePassiveAsync(queue)).MessageCount;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return 0;
        }
    }

    public async Task<bool> HasExchangeAsync(string exchange)
    {
        try
        {
            await using var channel = await OpenChannelAsync();
            await channel.ExchangeDeclarePassiveAsync(exchange);
            return true;
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return false;
        }
    }

    /// <summary>Takes all that waits in a queue, in the order in which a consumer gets it.</summary>
    public async Task<IReadOnlyList<BasicGetResult>> TakeAllAsync(string queue)
    {
        await using var channel = await OpenChannelAsync();
        List<BasicGetResult> all = [];
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } one)
        {
            all.Add(one);
        }

        return all;
    }

    /// <summary>Takes the messages of the error queue of a queue, once there are as many as expected, and returns their reasons.</summary>
    public async Task<IReadOnlyList<string>> ErrorsAsync(string queue, int expected = 1)
    {
        await Eventually.TrueAsync(async () => await CountAsync($"{queue}_error") >= expected, $"{queue}_error has {expected} messages");
        return [.. (await TakeAllAsync($"{queue}_error")).Select(static message => Header(message, "MT-Fault-Message"))];
    }

    /// <summary>The queues of messages that could not be handled.</summary>
    public async Task<IReadOnlyList<string>> ErrorQueuesAsync() =>
        [.. (await ListAsync("queues", "name")).Where(
            static name => name.EndsWith("_error", StringComparison.Ordinal) || name.EndsWith("_skipped", StringComparison.Ordinal))];

    public static string Header(BasicGetResult message, string name) =>
        message.BasicProperties.Headers?.TryGetValue(name, out var value) != true ? ""
        : value is byte[] text ? Encoding.UTF8.GetString(text) : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    /// <summary>What rabbitmqctl lists of this virtual host: a line for each, its columns separated by tabs.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string what, params string[] columns) =>
        (await servers.RabbitMqCtlAsync([$"list_{what}", "-p", virtualHost, "--quiet", "--no-table-headers", .. columns]))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async ValueTask DisposeAsync()
    {
        await (_connection?.DisposeAsync() ?? ValueTask.CompletedTask);
        _connecting.Dispose();
    }

    private async Task<IChannel> OpenChannelAsync()
    {
        await _connecting.WaitAsync();
        try
        {
            if (_connection is not { IsOpen: true })
            {
                _connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
            }
        }
        finally
        {
            _connecting.Release();
        }

        return await _connection.CreateChannelAsync(new(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
    }
}
