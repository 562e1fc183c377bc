namespace TasksBus.Storage;

/// <summary>Which pool's workers run a function, managed here or not. A change holds for the next task that comes in, on every process.</summary>
public interface IFunctionPoolStore
{
    /// <summary>Puts a function into a pool. Tasks that wait stay in theirs.</summary>
    /// <returns>Whether it was in another.</returns>
    Task<bool> SetAsync(string functionName, string pool);

    /// <summary>Sets the pools of functions that have none yet.</summary>
    /// <returns>Those that have another one, which stays.</returns>
    Task<IReadOnlyList<FunctionPool>> FillAsync(IReadOnlyCollection<FunctionPool> wanted);
}
