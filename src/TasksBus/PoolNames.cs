namespace TasksBus;

/// <summary>The pools that exist without being configured.</summary>
internal static class PoolNames
{
    /// <summary>The pool of functions that have no pool of their own.</summary>
    public const string Default = "default";

    /// <summary>
    /// The pool of processes that execute functions directly. No worker can be in it, because a pool's name has no blank. These processes
    /// offer no slots, so the dispatcher gives them nothing.
    /// </summary>
    public const string DirectExecution = "direct execution";
}
