using TasksBus.Contracts;
using TasksBus.Query;

namespace TasksBus.Storage;

/// <summary>The triggers as their owners read and change them. Each change gives the functions another revision, so every event is
/// computed from the triggers as they are when it is stored.</summary>
public interface ITriggerStore
{
    /// <summary>Stores a new trigger under its id.</summary>
    Task<TriggerOutcome> AddAsync(StoredTrigger trigger);

    /// <summary>Null when there is none with that id.</summary>
    Task<StoredTrigger?> FindAsync(TaskId id);

    /// <summary>The triggers that a query finds.</summary>
    Task<TriggerPage> FindAsync(RqlQuery query, CancellationToken cancellationToken);

    /// <summary>Stores what has changed in a trigger, unless it has changed since it was seen. The store sets the version.</summary>
    Task<TriggerOutcome> ChangeAsync(StoredTrigger seen, StoredTrigger next);

    /// <returns>True when there was one.</returns>
    Task<bool> DeleteAsync(TaskId id);

    /// <summary>The triggers for one type of events, the oldest first.</summary>
    Task<IReadOnlyList<StoredTrigger>> OfTypeAsync(string eventType);
}

/// <summary>How a change of a trigger ended.</summary>
public enum TriggerOutcome
{
    /// <summary>The change is stored.</summary>
    Stored,

    /// <summary>The trigger has changed since it was seen, or is gone.</summary>
    Changed,

    /// <summary>Another trigger has the name.</summary>
    NameTaken,

    /// <summary>The triggers for the event type would have too many actions together.</summary>
    TooManyActions,
}
