using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>The events that were raised. An event with tasks is stored with them (<see cref="TaskChange.Raised"/>).</summary>
public interface IRaisedEventStore
{
    /// <summary>
    /// Stores an event without tasks, unless its id is known, or the functions and triggers from which it was computed have changed since.
    /// </summary>
    /// <param name="functions">The revision from which it was computed (<see cref="FunctionPolicies.Revision"/>).</param>
    /// <returns>True when it is stored.</returns>
    Task<bool> TryAddAsync(RaisedEvent raised, Guid functions);

    /// <summary>Reads those of the events that are stored.</summary>
    Task<IReadOnlyDictionary<TaskId, RaisedEvent>> FindAsync(IReadOnlyList<TaskId> ids);

    /// <summary>The events that a query finds.</summary>
    Task<EventPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);
}
