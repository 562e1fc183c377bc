namespace TasksBus.Contracts;

/// <summary>The values of a task's <c>status</c>. The last four are final.</summary>
public static class TaskStates
{
    /// <summary>Accepted, but not started.</summary>
    public const string New = "new";

    /// <summary>Claimed by a worker.</summary>
    public const string InProgress = "inProgress";

    /// <summary>The function returned.</summary>
    public const string Complete = "complete";

    /// <summary>The function failed, and a successor was made.</summary>
    public const string Retried = "retried";

    /// <summary>Failed, and not retried.</summary>
    public const string Failed = "failed";

    /// <summary>Canceled before it started.</summary>
    public const string Canceled = "canceled";

    /// <summary>Every status.</summary>
    public static IReadOnlyList<string> All { get; } = [New, InProgress, Complete, Retried, Failed, Canceled];

    /// <summary>Returns true for a status that never changes.</summary>
    public static bool IsFinal(string status) => status is Complete or Retried or Failed or Canceled;
}
