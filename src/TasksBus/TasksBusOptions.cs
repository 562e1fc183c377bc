namespace TasksBus;

/// <summary>The settings of a server, from the section <c>TasksBus</c> (or <c>TasksBus__...</c> in the environment).</summary>
public sealed class TasksBusOptions
{
    public const string Section = "TasksBus";

    public static readonly TimeSpan MaxTimeLimit = TimeSpan.FromSeconds(300);

    /// <summary>Folder of the database. Default: <c>./.data</c>.</summary>
    public string DataPath { get; set; } = "./.data";

    /// <summary>Functions that this server runs at once, 1 to 10,000. Default: 20 a core, for functions mostly wait.</summary>
    public int WorkerSlots { get; set; } = 20 * Environment.ProcessorCount;

    /// <summary>How long a function may take, above 0 to 00:05:00. Default: 00:05:00.</summary>
    public TimeSpan TaskTimeLimit { get; set; } = MaxTimeLimit;

    /// <summary>How long a stopping server waits for running functions, 0 to 00:15:00. Default: 00:00:30.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence after which a worker counts as dead, 00:00:05 to 00:05:00. Default: 00:00:20.</summary>
    public TimeSpan WorkerLease { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>The events that are published: names such as TaskStarted. Default: those of final states.</summary>
    public IReadOnlyList<string>? Events { get; set; }

    /// <summary>Folder of the local functions. Default: <c>./functions</c>.</summary>
    public string FunctionsPath { get; set; } = "./functions";

    /// <summary>What is wrong, each with how to mend it.</summary>
    public IEnumerable<string> Validate()
    {
        if (WorkerSlots is < 1 or > 10_000)
        {
            yield return $"TasksBus:WorkerSlots is {WorkerSlots}; it must be from 1 to 10,000.";
        }

        if (TaskTimeLimit <= TimeSpan.Zero || TaskTimeLimit > MaxTimeLimit)
        {
            yield return $"TasksBus:TaskTimeLimit is {TaskTimeLimit}; it must be above 0 and at most 00:05:00.";
        }

        if (DrainTimeout < TimeSpan.Zero || DrainTimeout > TimeSpan.FromMinutes(15))
        {
            yield return $"TasksBus:DrainTimeout is {DrainTimeout}; it must be from 0 to 00:15:00.";
        }

        if (WorkerLease < TimeSpan.FromSeconds(5) || WorkerLease > TimeSpan.FromMinutes(5))
        {
            yield return $"TasksBus:WorkerLease is {WorkerLease}; it must be from 00:00:05 to 00:05:00.";
        }

        foreach (var name in Events ?? [])
        {
            if (Lifecycle.KeptEvents.All.All(type => type.Name != name))
            {
                yield return $"TasksBus:Events names '{name}'; the events are {string.Join(", ", Lifecycle.KeptEvents.All.Select(type => type.Name))}.";
            }
        }
    }
}
