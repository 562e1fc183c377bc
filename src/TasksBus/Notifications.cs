namespace TasksBus;

/// <summary>What a process did that may concern the leader.</summary>
[Flags]
public enum Notifications
{
    /// <summary>Nothing that concerns the leader.</summary>
    None = 0,

    /// <summary>There is work, or room for it.</summary>
    Work = 1,

    /// <summary>There are events to publish.</summary>
    Events = 2,

    /// <summary>A schedule was made or changed.</summary>
    Schedules = 4,

    /// <summary>A bulk operation was made.</summary>
    Bulk = 8,
}
