namespace TasksBus.Query;

/// <summary>Why a text is not a query, and how to fix it.</summary>
/// <param name="Position">The position in the text that was decoded once, in characters from 0.</param>
public sealed record RqlError(int Position, string Message);
