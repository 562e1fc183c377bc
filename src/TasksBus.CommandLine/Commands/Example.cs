namespace TasksBus.Tool.Commands;

/// <summary>What the help of a command shows.</summary>
/// <param name="Line">What a user types.</param>
/// <param name="Effect">What it does.</param>
internal sealed record Example(string Line, string Effect);
