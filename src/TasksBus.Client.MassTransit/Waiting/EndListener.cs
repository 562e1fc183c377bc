using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit.Waiting;

/// <summary>
/// Hears the events of final states, on one temporary queue for all waits of the process. The queue is there from the first wait on, until
/// the bus stops. Without it waits go on too, more slowly.
/// </summary>
internal sealed class EndListener(IReceiveEndpointConnector connector, ILogger<IBusTaskClient> logger) : IReceiveEndpointObserver
{
    private const int AtOnce = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<TaskId, List<Ear>> _ears = [];
    private HostReceiveEndpointHandle? _endpoint;

    /// <summary>How many waits there are now.</summary>
    public int Waits
    {
        get
        {
            lock (_lock)
            {
                return _ears.Values.Sum(static ears => ears.Count);
            }
        }
    }

    /// <summary>True while there is a queue.</summary>
    public bool IsConnected => Volatile.Read(ref _endpoint) is not null;

    /// <summary>Begins to listen to a task.</summary>
    public Ear Listen(TaskId id)
    {
        Ear ear = new(this, id);
        lock (_lock)
        {
            if (!_ears.TryGetValue(id, out var ears))
            {
                _ears.Add(id, ears = []);
            }

            ears.Add(ear);
            Connect();
        }

        return ear;
    }

    public void Leave(Ear ear)
    {
        lock (_lock)
        {
            if (_ears.TryGetValue(ear.Id, out var ears) && ears.Remove(ear) && ears.Count == 0)
            {
                _ears.Remove(ear.Id);
            }
        }
    }

    /// <summary>The queue is there, for the first time or again: what was announced before was not heard.</summary>
    public Task Ready(ReceiveEndpointReady ready)
    {
        Ear[] all;
        lock (_lock)
        {
            all = [.. _ears.Values.SelectMany(static ears => ears)];
        }

        Array.ForEach(all, static ear => ear.Hear());
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

    public Task Faulted(ReceiveEndpointFaulted faulted) => Task.CompletedTask;

    private void Connect()
    {
        if (_endpoint is not null)
        {
            return;
        }

        try
        {
            _endpoint = connector.ConnectReceiveEndpoint(
                new TemporaryEndpointDefinition("tasksbus", AtOnce, AtOnce), DefaultEndpointNameFormatter.Instance,
                (_, endpoint) => Configure(endpoint));
            logger.Listens();
        }
        catch (Exception exception)
        {
            // The bus is not started yet, or stops. The wait looks for itself, and the next one tries to listen again.
            logger.ListensNot(EndWait.LongestPause.TotalSeconds, exception);
        }
    }

    private void Configure(IReceiveEndpointConfigurator endpoint)
    {
        endpoint.PublishFaults = false;
        // An event that cannot be read is of no use to anybody, and its task is read all the same.
        endpoint.DiscardFaultedMessages();
        endpoint.DiscardSkippedMessages();
        Hear<TaskCompleted>(endpoint, static message => message.TaskId);
        Hear<TaskFailed>(endpoint, static message => message.TaskId);
        Hear<TaskCanceled>(endpoint, static message => message.TaskId);
        Hear<TaskRetried>(endpoint, static message => message.TaskId);
        endpoint.ConnectReceiveEndpointObserver(this);
    }

    private void Hear<T>(IReceiveEndpointConfigurator endpoint, Func<T, string> idOf)
        where T : class =>
        endpoint.Handler<T>(context =>
        {
            Hear(idOf(context.Message));
            return Task.CompletedTask;
        });

    private void Hear(string text)
    {
        Ear[] some = [];
        lock (_lock)
        {
            if (TaskId.TryParse(text, out var id) && _ears.TryGetValue(id, out var ears))
            {
                some = [.. ears];
            }
        }

        Array.ForEach(some, static ear => ear.Hear());
    }
}
