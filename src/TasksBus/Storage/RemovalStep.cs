namespace TasksBus.Storage;

/// <summary>The result of a step of a walk over rows that may be old.</summary>
/// <param name="Removed">How many rows were removed.</param>
/// <param name="Next">The number after which to continue. Null when the walk has reached its end.</param>
public readonly record struct RemovalStep(int Removed, long? Next);
