namespace TasksBus;

/// <summary>The pools that are there without being set.</summary>
public static class PoolNames
{
    /// <summary>Of functions that have no pool of their own.</summary>
    public const string Default = "default";

    /// <summary>Of processes that execute functions directly. No worker's: a pool's name has no blank. They offer no slots, so the dispatcher gives them nothing.</summary>
    public const string DirectExecution = "direct execution";
}
