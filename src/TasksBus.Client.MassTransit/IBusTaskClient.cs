using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>
/// TasksBus over the service's own bus, by requests that are answered: what it schedules is on disk when the call returns, and what the
/// server refuses is a <see cref="TaskRefusedException"/>. It takes no part in an outbox; <see cref="ITaskPublisher"/> does.
/// </summary>
/// <remarks>
/// <para>
/// <see cref="ITaskClient.WaitAsync"/> listens to events from the first wait on, on one temporary queue of the process. It reads the
/// task as well: at first, when the queue is there, after each reconnect, and from time to time, in pauses that grow to 15 seconds. So it
/// finds an end that was not announced, or that nobody heard of.
/// </para>
/// <para>
/// A task that nobody knows may be on its way: a wait for it fails with <see cref="ResourceUnknownException"/> only after
/// <see cref="BusTaskClientOptions.RetryFor"/>. Tasks that are read over the bus have no input (<see cref="TaskSnapshot.Data"/>).
/// </para>
/// </remarks>
public interface IBusTaskClient : ITaskClient;
