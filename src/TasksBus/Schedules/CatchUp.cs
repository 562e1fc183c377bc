namespace TasksBus.Schedules;

/// <summary>What becomes of ticks that were missed: what <see cref="NewSchedule.CatchUp"/> can be.</summary>
public static class CatchUp
{
    /// <summary>Nothing.</summary>
    public const string Skip = "skip";

    /// <summary>The latest makes a task.</summary>
    public const string One = "one";

    /// <summary>Each makes a task, up to a limit.</summary>
    public const string All = "all";

    public static readonly IReadOnlyList<string> Names = [Skip, One, All];
}
