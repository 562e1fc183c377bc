namespace TasksBus.Schedules;

/// <summary>What a tick does while the task of the tick before has not ended: what <see cref="NewSchedule.Overlap"/> can be.</summary>
public static class Overlap
{
    /// <summary>It makes a task.</summary>
    public const string Allow = "allow";

    /// <summary>It makes none.</summary>
    public const string Skip = "skip";

    public static readonly IReadOnlyList<string> Names = [Allow, Skip];
}
