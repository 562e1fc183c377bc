namespace TasksBus.Storage;

/// <summary>Tasks whose rows another transaction holds.</summary>
internal static class HeldTasks
{
    private static readonly TimeSpan s_shortestWait = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(1);

    /// <summary>How long a task that was found held this often is left alone. All tries together take about 45 seconds.</summary>
    public static TimeSpan WaitAfter(int attempts)
    {
        // From the seventh try on the wait is the longest one.
        var wait = s_shortestWait * Math.Pow(2, Math.Clamp(attempts - 1, 0, 6));
        return wait < s_longestWait ? wait : s_longestWait;
    }
}
