namespace TasksBus.Storage;

/// <summary>What processes counted of tasks, for plots. It is kept beside the tasks, and no task waits for it.</summary>
public interface IHistoryStore
{
    /// <summary>Writes counts. Those of the same minute, function and process are replaced.</summary>
    /// <exception cref="StoreUnavailableException">The database cannot be reached now.</exception>
    Task WriteAsync(IReadOnlyList<StoredCounts> counts, CancellationToken cancellationToken);

    /// <summary>Reads the counts of a span of time, in the order of the minutes. There may be many.</summary>
    /// <param name="from">The first minute.</param>
    /// <param name="until">The minute after the last one.</param>
    /// <param name="functionName">One function, or null for all.</param>
    /// <param name="read">Called for each.</param>
    /// <exception cref="QueryTooSlowException">It takes too long.</exception>
    Task ReadAsync(long from, long until, string? functionName, Action<StoredCounts> read, CancellationToken cancellationToken);

    /// <summary>The first minute that is kept by minutes. Null when there is none.</summary>
    Task<long?> FirstMinuteAsync();

    /// <summary>Replaces all counts of a span of time, in one transaction.</summary>
    /// <param name="from">The first minute.</param>
    /// <param name="until">The minute after the last one.</param>
    /// <param name="counts">What is there afterwards.</param>
    Task ReplaceAsync(long from, long until, IReadOnlyList<StoredCounts> counts);
}
