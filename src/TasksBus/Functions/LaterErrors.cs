using System.Collections.Frozen;

namespace TasksBus.Functions;

/// <summary>
/// The errors by which Lambda asks to come back later. Metrics, checks, the alert rules and the pages all go by these two lists.
/// </summary>
public static class LaterErrors
{
    /// <summary>Throttling: a limit of the function, of the account, of Lambda's API or of EC2 behind it is reached.</summary>
    public static FrozenSet<string> Throttling { get; } = FrozenSet.Create(
        "TooManyRequestsException", "ThrottlingException", "EC2ThrottledException", "Http429");

    /// <summary>The function is being created, changed or woken up.</summary>
    public static FrozenSet<string> NotReady { get; } = FrozenSet.Create(
        "ResourceConflictException", "ResourceNotReadyException", "SnapStartNotReadyException");
}
