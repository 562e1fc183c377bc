namespace TasksBus.Storage;

/// <summary>
/// Says which pool's workers run a function, whether it is managed here or not. A change takes effect with the next task that comes in, on
/// every process.
/// </summary>
public interface IFunctionPoolStore
{
    /// <summary>Puts a function into a pool. Waiting tasks stay in their pool.</summary>
    /// <returns>True when it was in another pool.</returns>
    Task<bool> SetAsync(string functionName, string pool);

    /// <summary>Puts functions into a pool that have none yet, all of them, or none of them if one has another pool.</summary>
    /// <returns>The functions that have another pool.</returns>
    Task<IReadOnlyList<FunctionPool>> TakeAsync(string pool, IReadOnlyCollection<string> functionNames);

    /// <summary>Sets the pools of functions that have none yet.</summary>
    /// <returns>The functions that have another pool, which stays.</returns>
    Task<IReadOnlyList<FunctionPool>> FillAsync(IReadOnlyCollection<FunctionPool> wanted);
}
