using System.Globalization;

namespace TasksBus.Storage;

/// <summary>As much waits to be stored as may. Nothing was stored, and in a moment there is room again.</summary>
public sealed class IntakeFullException() : StoreUnavailableException(
    string.Create(CultureInfo.InvariantCulture,
        $"The database is slow or away, and as many tasks wait to be stored as this server keeps ({IntakeRoom.MaxTasks:N0}, or {IntakeRoom.MaxData / 1024 / 1024} MB of input). ")
    + "Try again in a moment.");
