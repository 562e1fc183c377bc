namespace TasksBus;

/// <summary>How long what has ended is kept. Nothing is removed unless it is set.</summary>
public sealed class RetentionOptions
{
    /// <summary>
    /// The shortest time that tasks are kept: until then a message that is delivered again, and a request with the same key, find the task that they made.
    /// </summary>
    public static readonly TimeSpan ShortestForTasks = TimeSpan.FromDays(1);

    public static readonly TimeSpan ShortestForLogs = TimeSpan.FromHours(1);

    /// <summary>A hundred years.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    /// <summary>How long tasks are kept once they are final, with their logs: 1.00:00:00 to 36525.00:00:00. Default: for ever.</summary>
    public TimeSpan? Tasks { get; set; }

    /// <summary>How long logs are kept, where their tasks are kept longer: 01:00:00 to 36525.00:00:00. Default: as long as their tasks.</summary>
    public TimeSpan? Logs { get; set; }

    /// <summary>What is wrong, each with how to mend it.</summary>
    public IEnumerable<string> Validate()
    {
        if (Tasks < ShortestForTasks || Tasks > Longest)
        {
            yield return $"TasksBus:Retention:Tasks is {Tasks}; it must be from 1.00:00:00 (a day) to 36525.00:00:00, or left out to keep tasks for ever.";
        }

        if (Logs < ShortestForLogs || Logs > Longest)
        {
            yield return $"TasksBus:Retention:Logs is {Logs}; it must be from 01:00:00 to 36525.00:00:00, or left out to keep logs as long as their tasks.";
        }
    }
}
