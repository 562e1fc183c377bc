namespace TasksBus;

/// <summary>The pools that exist without being configured.</summary>
public static class PoolNames
{
    /// <summary>The pool of functions that have no pool of their own.</summary>
    public const string Default = "default";

    /// <summary>
    /// The pool of processes that execute functions directly. No worker can be in it, because a pool's name has no blank. These processes
    /// offer no slots, so the dispatcher gives them nothing.
    /// </summary>
    public const string DirectExecution = "direct execution";

    /// <summary>Stands between a pool and a function. Neither a pool's name nor that of a function has it.</summary>
    private const char Separator = '/';

    /// <summary>The place of a pool's tasks that wait until each worker of the pool has their function. No worker can be in it.</summary>
    /// <param name="function">The function, as the tasks name it.</param>
    public static string Aside(string pool, string function) => $"{pool}{Separator}{function}";

    /// <summary>The pool and the function of such a place. Null for a pool.</summary>
    public static (string Pool, string Function)? PartsOf(string aside) =>
        aside.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var at ? (aside[..at], aside[(at + 1)..]) : null;
}
