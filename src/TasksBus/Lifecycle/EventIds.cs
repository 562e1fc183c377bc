using MassTransit;

namespace TasksBus.Lifecycle;

/// <summary>The message ids of events. They rise with time, and tell it.</summary>
public static class EventIds
{
    /// <summary>Returns a new id.</summary>
    public static Guid New() => NewId.NextGuid();

    /// <summary>When the id was made, by the clock of the process that made it.</summary>
    public static DateTimeOffset TimeOf(Guid id) => NewId.FromGuid(id).Timestamp;
}
