namespace TasksBus.Storage;

/// <summary>
/// The managed functions as this process last read them. Reads overlap, and may end in another order than the database answered them. A
/// read that was overtaken is repeated, so the known functions never go back to a state before a change.
/// </summary>
/// <param name="read">Reads the functions. Its argument is what was known when the read began.</param>
internal sealed class LatestFunctions(Func<FunctionPolicies, CancellationToken, Task<FunctionPolicies>> read)
{
    private FunctionPolicies _known = FunctionPolicies.NotRead;

    public FunctionPolicies Known => Volatile.Read(ref _known);

    /// <returns>The functions at some moment after the call.</returns>
    public async Task<FunctionPolicies> RefreshAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var before = Known;
            var found = await read(before, cancellationToken);
            var current = Interlocked.CompareExchange(ref _known, found, before);
            if (ReferenceEquals(current, before))
            {
                return found;
            }

            if (current.Revision == found.Revision)
            {
                return current;
            }

            // Another read has stored its result meanwhile, and it is unknown which of the two is newer.
        }
    }
}
