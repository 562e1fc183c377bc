using System.Globalization;

namespace TasksBus.Storage;

/// <summary>The limit of what may wait to be stored is reached. Nothing was stored. There is room again in a moment.</summary>
public sealed class IntakeFullException() : StoreUnavailableException(
    string.Create(CultureInfo.InvariantCulture,
        $"The database is slow or away, and as many tasks wait to be stored as this server keeps ({IntakeRoom.MaxTasks:N0}, or "
            + $"{IntakeRoom.MaxData / 1024 / 1024} MB of input). ")
    + "Try again in a moment.");
