namespace TasksBus.Storage;

/// <summary>The events that have still to be published.</summary>
public interface IEventOutbox
{
    /// <summary>The oldest events that have still to be published, the oldest first.</summary>
    Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Deletes events that the broker has confirmed.</summary>
    Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken);
}
