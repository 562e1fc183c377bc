namespace TasksBus.Schedules;

/// <summary>What a tick does while the task of the tick before has not ended: the values of <see cref="NewSchedule.Overlap"/>.</summary>
internal static class Overlap
{
    /// <summary>The tick makes a task.</summary>
    public const string Allow = "allow";

    /// <summary>The tick makes no task.</summary>
    public const string Skip = "skip";

    public static readonly IReadOnlyList<string> Names = [Allow, Skip];
}
