using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The outbox, which a test can interrupt.</summary>
internal sealed class WatchedOutbox(IEventOutbox inner) : IEventOutbox
{
    /// <summary>Runs before published events are deleted.</summary>
    public Func<Task> DeletingEvents { get; set; } = static () => Task.CompletedTask;

    public Task<IReadOnlyList<StoredEvent>> NextEventsAsync(int limit, CancellationToken cancellationToken) =>
        inner.NextEventsAsync(limit, cancellationToken);

    public async Task DeleteEventsAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken)
    {
        await DeletingEvents();
        await inner.DeleteEventsAsync(positions, cancellationToken);
    }
}
