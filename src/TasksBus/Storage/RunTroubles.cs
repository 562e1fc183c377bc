namespace TasksBus.Storage;

/// <summary>What keeps functions from running, as far as tasks show it. Lists are cut, so that no look takes long.</summary>
/// <param name="PutOff">Tasks that wait because their function did not run, by function and reason, the most first.</param>
/// <param name="Failed">Tasks that failed lately before their function ran, or with their worker, by function and error, the most first. A
/// function that completed a task since then is left out, unless workers were lost.</param>
/// <param name="Disabled">The disabled functions, as far as there are tasks.</param>
public sealed record RunTroubles(
    IReadOnlyList<PutOffTasks> PutOff, IReadOnlyList<FailedTasks> Failed, IReadOnlyList<DisabledFunction> Disabled)
{
    /// <summary>How many of the tasks that are put off are counted at most: those that wait longest.</summary>
    public const int MostPutOff = 1_000;

    /// <summary>How many of the newest failed tasks are looked at, and as many of those that were retried.</summary>
    public const int FailuresRead = 500;

    /// <summary>How many of the newest tasks of a function are looked at.</summary>
    public const int TasksRead = 1_000;

    /// <summary>Nothing is wrong.</summary>
    public static RunTroubles None { get; } = new([], [], []);
}

/// <param name="FunctionName">The name in the tasks.</param>
/// <param name="ErrorName">Why the function did not run the last time. Empty when that is not known.</param>
/// <param name="Count">At most <see cref="RunTroubles.MostPutOff"/> of all.</param>
/// <param name="Tries">How often it did not run, of the task for which that is most.</param>
/// <param name="Since">Since when the first of them has not run.</param>
public sealed record PutOffTasks(string FunctionName, string ErrorName, int Count, int Tries, DateTimeOffset Since);

/// <param name="FunctionName">The name in the tasks.</param>
/// <param name="Latest">When the last of them failed.</param>
public sealed record FailedTasks(string FunctionName, string ErrorName, int Count, DateTimeOffset Latest);

/// <param name="Waiting">Its tasks that wait. At most <see cref="RunTroubles.TasksRead"/>.</param>
public sealed record DisabledFunction(string Name, int Waiting);
