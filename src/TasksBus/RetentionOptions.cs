namespace TasksBus;

/// <summary>How long what has ended is kept. Tasks are kept for ever unless it is set.</summary>
public sealed class RetentionOptions
{
    /// <summary>
    /// The shortest time that tasks are kept: until then a message that is delivered again, and a request with the same key, find the task that they made.
    /// </summary>
    public static readonly TimeSpan ShortestForTasks = TimeSpan.FromDays(1);

    public static readonly TimeSpan ShortestForRecords = TimeSpan.FromHours(1);

    /// <summary>A hundred years.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(36_525);

    /// <summary>How long tasks are kept once they are final, with their logs: 1.00:00:00 to 36525.00:00:00. Default: for ever.</summary>
    [MustBe("a time from 1.00:00:00 (a day) to 36525.00:00:00, or left out to keep tasks for ever")]
    public TimeSpan? Tasks { get; set; }

    /// <summary>How long logs are kept, of tasks and of API requests that are kept longer: 01:00:00 to 36525.00:00:00.</summary>
    [MustBe("a time from 01:00:00 (an hour) to 36525.00:00:00")]
    public TimeSpan Logs { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How long API requests are kept, with their logs: 01:00:00 to 36525.00:00:00.</summary>
    [MustBe("a time from 01:00:00 (an hour) to 36525.00:00:00")]
    public TimeSpan ApiRequests { get; set; } = TimeSpan.FromDays(30);

    /// <summary>What is wrong, each with how to mend it.</summary>
    public IEnumerable<string> Validate()
    {
        if (Tasks < ShortestForTasks || Tasks > Longest)
        {
            yield return Fault(nameof(Tasks), Tasks!);
        }

        foreach (var (name, value) in new[] { (nameof(Logs), Logs), (nameof(ApiRequests), ApiRequests) })
        {
            if (value < ShortestForRecords || value > Longest)
            {
                yield return Fault(name, value);
            }
        }
    }

    private static string Fault(string name, object value) => MustBeAttribute.Fault<RetentionOptions>($"{TasksBusOptions.Section}:{nameof(TasksBusOptions.Retention)}", name, value);
}
