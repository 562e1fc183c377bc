namespace TasksBus.Storage;

/// <summary>A lane of <see cref="CommitLanes"/>.</summary>
internal enum CommitLane
{
    /// <summary>Tasks come in or are canceled.</summary>
    Intake,

    /// <summary>Workers claim tasks.</summary>
    Claims,

    /// <summary>Runs end.</summary>
    Reports,
}
