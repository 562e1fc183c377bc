using MassTransit;
using TasksBus.Contracts;
using TasksBus.Execution;

namespace TasksBus.Messaging;

/// <summary>The execute queue of a worker's pool. It is consumed only while the worker takes tasks.</summary>
internal sealed class ExecuteQueue(
    IReceiveEndpointConnector connector, IMessageTransport transport, PutAside aside, Action<IReceiveEndpointConfigurator> configure)
    : IExecuteQueue
{
    /// <summary>
    /// How many messages are handled at once. Each waits at most a moment, for slots or for a commit, so a few keep the slots full. Others
    /// could run what a worker holds without having slots for it.
    /// </summary>
    private const int Concurrency = 8;

    private HostReceiveEndpointHandle? _handle;

    public async Task StartAsync(string pool, CancellationToken cancellationToken)
    {
        // An endpoint that did not start is removed before the next try.
        await StopAsync(cancellationToken);
        _handle = connector.ConnectReceiveEndpoint(Queues.Execute(pool), (context, endpoint) =>
        {
            // Only the dispatcher sends here, so no message type is bound to the queue.
            endpoint.ConfigureConsumeTopology = false;
            (endpoint.PrefetchCount, endpoint.ConcurrentMessageLimit) = (Concurrency, Concurrency);
            endpoint.Take(transport, Commands.ReadExecuteTasks, """{"taskIds":["507f1f77bcf86cd799439011"]}""");
            endpoint.PutAside(aside);
            configure(endpoint);
            endpoint.ConfigureConsumer<ExecuteConsumer>(context);
        });
        await _handle.Ready.WaitAsync(cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _handle, null) is { } handle)
        {
            await handle.StopAsync(cancellationToken);
        }
    }
}
