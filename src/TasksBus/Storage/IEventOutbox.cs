namespace TasksBus.Storage;

/// <summary>The events that are still to be published.</summary>
public interface IEventOutbox
{
    /// <summary>The oldest events that are still to be published, oldest first.</summary>
    Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken);

    /// <summary>Forgets events that the broker has confirmed.</summary>
    Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken);
}
