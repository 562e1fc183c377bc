using TasksBus.Storage;

namespace TasksBus.UnitTests.Engine;

/// <summary>The managed functions, where a test can count how often they are read.</summary>
internal sealed class WatchedFunctions(IFunctionPolicyStore inner) : IFunctionPolicyStore
{
    private int _refreshes;

    public int Refreshes => _refreshes;

    public FunctionPolicies Functions => inner.Functions;

    public Task<FunctionPolicies> RefreshFunctionsAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _refreshes);
        return inner.RefreshFunctionsAsync(cancellationToken);
    }
}
