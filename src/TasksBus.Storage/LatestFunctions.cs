namespace TasksBus.Storage;

/// <summary>
/// The managed functions as this process last read them. Reads overlap, and may end in another order than the database answered them: one that was overtaken is done again, so
/// that what is known never goes back to what was before a change.
/// </summary>
/// <param name="read">Reads them; its argument is what was known when the read began.</param>
internal sealed class LatestFunctions(Func<FunctionPolicies, CancellationToken, Task<FunctionPolicies>> read)
{
    private FunctionPolicies _known = FunctionPolicies.NotRead;

    public FunctionPolicies Known => Volatile.Read(ref _known);

    /// <returns>The functions at a moment after the call.</returns>
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

            // Another read has put something else there meanwhile, and nobody knows which of the two is newer.
        }
    }
}
