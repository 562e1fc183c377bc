using Microsoft.Extensions.Logging;
using TasksBus.Bulk;
using TasksBus.Storage;

namespace TasksBus.Dispatch;

/// <summary>
/// Carries out the bulk operations that are in progress: a step of each in turn, so that a small one does not wait for a large one. One
/// that fails is left alone for a while, and holds up no other.
/// </summary>
internal sealed class BulkRunner(
    IBulkStore store, BulkWalk walk, Leadership leadership, Signals signals, TimeProvider clock, ILogger<BulkRunner> logger)
    : LeaderLoop(leadership, clock)
{
    /// <summary>The pause between two rounds, because other work of the database comes first.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    /// <summary>Finds an operation whose wake-up was lost.</summary>
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(15);

    /// <summary>How long an operation that failed is left alone.</summary>
    private static readonly TimeSpan s_aside = TimeSpan.FromSeconds(10);

    private readonly SetAside _failed = new(clock, s_aside);
    private TimeSpan _wait;

    protected override async Task RoundAsync(LeaderTerm term, CancellationToken cancellationToken)
    {
        // While nothing is released, an operator may still find out what the database is.
        var operations = term.HeldBecause is null ? await store.InProgressAsync() : [];
        walk.KeepOnly(operations.Select(static operation => operation.Id));
        _failed.Release();
        StoredBulkOperation[] ready = [.. operations.ExceptBy(_failed.Ids, static operation => operation.Id)];
        _wait = operations.Count == 0 ? s_poll : ready.Length == 0 ? s_aside / 10 : s_pause;
        foreach (var operation in ready)
        {
            if (await TermAsync(cancellationToken) is not { HeldBecause: null })
            {
                return;
            }

            await TryStepAsync(operation, cancellationToken);
        }
    }

    protected override Task PauseAsync(CancellationToken cancellationToken) => signals.Bulk.WaitAsync(_wait, cancellationToken);

    protected override void Forget()
    {
        walk.KeepOnly([]);
        _failed.Clear();
    }

    protected override void Failed(Exception exception) => logger.BulkWaits(exception);

    private async Task TryStepAsync(StoredBulkOperation operation, CancellationToken cancellationToken)
    {
        try
        {
            if (await walk.StepAsync(operation, cancellationToken) is { Status: BulkStates.Complete } done)
            {
                logger.BulkComplete(done.Id, done.Action, done.Affected, done.Skipped, done.Refused);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            _failed.Add(operation.Id);
            logger.BulkOperationWaits(operation.Id, exception);
        }
    }
}
