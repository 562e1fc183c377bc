namespace TasksBus.Storage;

/// <summary>A step of a walk over what may be old.</summary>
/// <param name="Removed">How many rows were.</param>
/// <param name="Next">The number to go on behind; null where the walk has come to its end.</param>
public readonly record struct RemovalStep(int Removed, long? Next);
