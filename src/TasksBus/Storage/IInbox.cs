namespace TasksBus.Storage;

/// <summary>
/// The tasks and cancels that services committed with rows of their own, and that are not taken in yet. Only a database that services share
/// has an inbox.
/// </summary>
public interface IInbox
{
    /// <summary>The schema that services call.</summary>
    string Schema { get; }

    /// <summary>Reads what is committed, in the order in which it was written.</summary>
    /// <param name="after">The position behind which to look. Zero for all.</param>
    /// <param name="limit">How many rows at most.</param>
    /// <param name="maxData">The size of data and tags, in bytes, at which the last row may begin.</param>
    Task<IReadOnlyList<InboxRow>> LookAsync(long after, int limit, int maxData, CancellationToken cancellationToken);

    /// <summary>Deletes rows that need no task.</summary>
    Task DeleteAsync(IReadOnlyCollection<long> positions, CancellationToken cancellationToken);

    /// <summary>Moves rows to the refusals, where their content and the reason are kept for 30 days.</summary>
    Task RefuseAsync(IReadOnlyCollection<InboxRefusal> refusals, CancellationToken cancellationToken);

    /// <summary>
    /// Announces that the reader sleeps. Until the announcement is disposed of, whoever commits to the inbox sends a notification.
    /// </summary>
    /// <returns>Null when a transaction is open that wrote to the inbox and sends none. The reader must not sleep then.</returns>
    Task<IAsyncDisposable?> TrySleepAsync(CancellationToken cancellationToken);
}
