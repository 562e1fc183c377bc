namespace TasksBus.Storage;

/// <summary>What a function's settings mean for its tasks.</summary>
/// <param name="IsEnabled">Whether its tasks may start.</param>
/// <param name="TimeLimit">How long it may run; null: as long as the server lets any function run.</param>
/// <param name="DefaultPriority">The priority of tasks that are scheduled without one.</param>
/// <param name="IsRetried">Whether tasks that fail are retried.</param>
/// <param name="ErrorsToRetry">The names of the errors that are retried; none: every error.</param>
public sealed record FunctionPolicy(bool IsEnabled, TimeSpan? TimeLimit, long DefaultPriority, bool IsRetried, IReadOnlyList<string> ErrorsToRetry)
{
    /// <summary>For a function that is not managed here.</summary>
    public static readonly FunctionPolicy Unmanaged = new(true, null, 0, false, []);

    /// <summary>Who may run the function for an answer: <c>permissionRequired</c>, <c>allUsers</c> or <c>public</c>.</summary>
    public string PermissionMode { get; init; } = "permissionRequired";

    /// <summary>The account of AWS in which it is; null: ARNs of every account lead to it.</summary>
    public string? Account { get; init; }

    /// <summary>How long the function may run, where none may run longer than <paramref name="most"/>.</summary>
    public TimeSpan TimeLimitWithin(TimeSpan most) => TimeLimit < most ? TimeLimit.Value : most;
}
