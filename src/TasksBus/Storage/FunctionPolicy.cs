namespace TasksBus.Storage;

/// <summary>The settings of a function that matter to its tasks.</summary>
/// <param name="IsEnabled">True when its tasks may start.</param>
/// <param name="TimeLimit">How long it may run. Null means as long as the server lets any function run.</param>
/// <param name="DefaultPriority">The priority of tasks that are scheduled without one.</param>
/// <param name="IsRetried">True when tasks that fail are retried.</param>
/// <param name="ErrorsToRetry">The names of the errors that are retried. If empty, every error is retried.</param>
public sealed record FunctionPolicy(
    bool IsEnabled, TimeSpan? TimeLimit, long DefaultPriority, bool IsRetried, IReadOnlyList<string> ErrorsToRetry)
{
    /// <summary>The policy of a function that is not managed here.</summary>
    public static readonly FunctionPolicy Unmanaged = new(true, null, 0, false, []);

    /// <summary>Who may run the function and get its answer: <c>permissionRequired</c>, <c>allUsers</c> or <c>public</c>.</summary>
    public string PermissionMode { get; init; } = "permissionRequired";

    /// <summary>The AWS account of the function. Null when ARNs of every account lead to it.</summary>
    public string? Account { get; init; }

    /// <summary>How long the function may run when no function may run longer than <paramref name="most"/>.</summary>
    public TimeSpan TimeLimitWithin(TimeSpan most) => TimeLimit < most ? TimeLimit.Value : most;
}
