namespace TasksBus.Storage;

/// <param name="Epoch">Rises with each change of leader.</param>
/// <param name="HeldBecause">Set while nothing may be released: the reason.</param>
public sealed record LeaderTerm(long Epoch, string? HeldBecause);
