namespace TasksBus.Query;

/// <summary>Why a text is no query, and how to mend it.</summary>
/// <param name="Position">Where, in characters from 0, in the text that was decoded once.</param>
public sealed record RqlError(int Position, string Message);
