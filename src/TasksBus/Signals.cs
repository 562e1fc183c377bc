namespace TasksBus;

/// <summary>The signals that commits send, in this process and elsewhere in the cluster.</summary>
public sealed class Signals : IDisposable
{
    /// <summary>There may be new work, or room for it.</summary>
    public Signal Dispatch { get; } = new();

    /// <summary>There may be events to publish.</summary>
    public Signal Events { get; } = new();

    /// <summary>Schedules may have changed.</summary>
    public Signal Schedules { get; } = new();

    /// <summary>There may be bulk operations to carry out.</summary>
    public Signal Bulk { get; } = new();

    /// <summary>Something was committed to the inbox while its reader slept.</summary>
    public Signal Inbox { get; } = new();

    /// <summary>Called with what this process did, to tell the rest of the cluster.</summary>
    public Action<Notifications>? Notify { get; set; }

    /// <summary>Call this after a commit in this process.</summary>
    /// <param name="work">True when there may be new work, or room for it.</param>
    /// <param name="events">True when there may be events to publish.</param>
    public void Committed(bool work, bool events)
    {
        if (work)
        {
            Dispatch.Set();
        }

        if (events)
        {
            Events.Set();
        }

        Notify?.Invoke((work ? Notifications.Work : Notifications.None) | (events ? Notifications.Events : Notifications.None));
    }

    /// <summary>Call this when a worker has slots that it did not have before.</summary>
    public void RoomOffered()
    {
        Dispatch.Set();
        Notify?.Invoke(Notifications.Work);
    }

    /// <summary>Call this when a schedule was made or changed.</summary>
    public void SchedulesChanged()
    {
        Schedules.Set();
        Notify?.Invoke(Notifications.Schedules);
    }

    /// <summary>Call this when a bulk operation was made.</summary>
    public void BulkOperationMade()
    {
        Bulk.Set();
        Notify?.Invoke(Notifications.Bulk);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispatch.Dispose();
        Events.Dispose();
        Schedules.Dispose();
        Bulk.Dispose();
        Inbox.Dispose();
    }
}
