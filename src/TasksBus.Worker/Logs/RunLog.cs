namespace TasksBus.Worker.Logs;

/// <summary>
/// Where the code of a run writes its log. It follows the code through its awaits and into the work that it starts, until the run has
/// ended.
/// </summary>
/// <param name="add">Takes a line.</param>
internal sealed class RunLog(Action<string> add, TimeProvider clock)
{
    private static readonly AsyncLocal<RunLog?> s_current = new();

    private volatile bool _hasEnded;

    /// <summary>The log of the run that the calling code belongs to. Null outside of runs.</summary>
    public static RunLog? Current => s_current.Value is { _hasEnded: false } current ? current : null;

    /// <summary>The calling asynchronous method, and what it calls, write here from now on.</summary>
    public void Begin() => s_current.Value = this;

    /// <summary>What is written later belongs to no task.</summary>
    public void End() => _hasEnded = true;

    /// <summary>Adds a line as Lambda writes them: time, level and message, with tabs between them.</summary>
    public void Write(string level, string message) => add($"{clock.GetUtcNow():yyyy-MM-ddTHH:mm:ss.fff}Z\t{level}\t{message}");
}
