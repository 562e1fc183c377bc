namespace TasksBus.Storage;

/// <summary>What the managed functions mean for tasks.</summary>
public interface IFunctionPolicyStore
{
    /// <summary>
    /// The managed functions, as they were read last. A change that was computed from them (<see cref="TaskChange.FunctionsRevision"/>) is
    /// written only while they are so still: in the same transaction, whichever process changed them.
    /// </summary>
    FunctionPolicies Functions { get; }

    /// <summary>Reads the managed functions again, if they have changed.</summary>
    /// <returns>The functions as they were during this call, or later.</returns>
    Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken);
}
