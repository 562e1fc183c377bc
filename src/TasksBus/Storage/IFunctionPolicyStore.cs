namespace TasksBus.Storage;

/// <summary>The settings of managed functions that matter to tasks.</summary>
public interface IFunctionPolicyStore
{
    /// <summary>
    /// The managed functions as they were read last. A change that was computed from them (<see cref="TaskChange.FunctionsRevision"/>) is
    /// written only if they are still the same. The same transaction checks this, whichever process changed them.
    /// </summary>
    FunctionPolicies Functions { get; }

    /// <summary>Reads the managed functions again, if they have changed.</summary>
    /// <returns>The functions as they were during this call, or later.</returns>
    Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken);
}
