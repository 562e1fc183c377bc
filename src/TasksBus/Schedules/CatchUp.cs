namespace TasksBus.Schedules;

/// <summary>What happens to missed ticks: the values of <see cref="NewSchedule.CatchUp"/>.</summary>
internal static class CatchUp
{
    /// <summary>No missed tick makes a task.</summary>
    public const string Skip = "skip";

    /// <summary>The latest missed tick makes a task.</summary>
    public const string One = "one";

    /// <summary>Each missed tick makes a task, up to a limit.</summary>
    public const string All = "all";

    public static readonly IReadOnlyList<string> Names = [Skip, One, All];
}
