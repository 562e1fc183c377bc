namespace TasksBus.Operations;

/// <summary>What one check of the system found.</summary>
/// <param name="Name">What was looked at. Stable.</param>
/// <param name="State">One of the constants of this type. Stable.</param>
/// <param name="Text">What was found, for people.</param>
/// <param name="Mend">What to do. Null when all is well.</param>
public sealed record SystemCheck(string Name, string State, string Text, string? Mend = null)
{
    /// <summary>All is well.</summary>
    public const string Ok = "ok";

    /// <summary>Something deserves a look.</summary>
    public const string Warning = "warning";

    /// <summary>Tasks, events or callers suffer.</summary>
    public const string Failed = "failed";

    /// <summary>Every state.</summary>
    public static IReadOnlyList<string> States { get; } = [Ok, Warning, Failed];
}
