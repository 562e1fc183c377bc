using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TasksBus.Functions.Management;
using TasksBus.Storage;

namespace TasksBus.Functions.Registry;

/// <summary>
/// Settles what a crash, or a Lambda that could not be reached, left half-way. A creation is taken back, an update finished or taken back,
/// a deletion finished. A call that finds such a function settles it at once. Otherwise a background service looks for it from time to
/// time.
/// </summary>
public sealed class UnfinishedSteps(
    IFunctionStore store, FunctionRows rows, TimeProvider clock, ILogger<UnfinishedSteps> logger,
    IFunctionManagement? lambda = null) : BackgroundService
{
    /// <summary>The longest time for all of Lambda's calls in one step.</summary>
    public static readonly TimeSpan LongestCalls = TimeSpan.FromMinutes(4);

    /// <summary>After this time another process may take the step over. It is longer than the step's calls take.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_between = TimeSpan.FromMinutes(1);

    /// <summary>Takes the step over if it was not ended in time, and settles it.</summary>
    /// <returns>False when it is still under way, or Lambda cannot be reached.</returns>
    public async Task<bool> SettleAsync(StoredFunction row)
    {
        if (lambda is null || !await store.TakeOverAsync(row, LongestStep))
        {
            return false;
        }

        using var patience = new CancellationTokenSource(LongestCalls);
        return row.Step switch
        {
            FunctionStep.Creating => await TakeBackCreationAsync(row, patience.Token),
            FunctionStep.Updating => await SettleUpdateAsync(row, patience.Token) is not null,
            _ => await FinishDeletionAsync(row, patience.Token),
        };
    }

    /// <summary>Deletes what the caller's step made in Lambda, and then the function here.</summary>
    /// <returns>False when Lambda cannot be asked now.</returns>
    public async Task<bool> TakeBackCreationAsync(StoredFunction row, CancellationToken cancellationToken)
    {
        var found = await lambda!.FindAsync(row.Name, cancellationToken);
        if (found.IsDone && found.Function?.Marker == FunctionRows.Marker(row.StepId!.Value))
        {
            found = await lambda.DeleteAsync(row.Name, cancellationToken);
        }

        // A function of that name that another program made is left alone.
        return found.Outcome is ManagementOutcome.Done or ManagementOutcome.NotFound && await store.RemoveAsync(row);
    }

    /// <summary>Finishes the caller's update when Lambda has its code, and otherwise takes it back.</summary>
    /// <returns>True when the update holds, false when it was taken back. Null when Lambda cannot be asked now, or another process took the
    /// step over.</returns>
    public async Task<bool?> SettleUpdateAsync(StoredFunction row, CancellationToken cancellationToken)
    {
        var found = await lambda!.FindAsync(row.Name, cancellationToken);
        if (found.IsDone && row.NextCodeHash is not null && found.Function?.CodeHash == row.NextCodeHash)
        {
            var next = row.Next!;
            var result = await ConfigureAsync(row, rows.ToSettings(next), cancellationToken);
            if (result.IsDone)
            {
                return await store.EndAsync(row, next) ? true : null;
            }

            if (result.Outcome == ManagementOutcome.Unknown)
            {
                return null;
            }
        }

        return await TakeBackUpdateAsync(row, rows.ToSettings(row), cancellationToken);
    }

    /// <summary>Restores the function's configuration.</summary>
    /// <returns>False when the step is over: the configuration is restored, or Lambda refused that and the log says so. Null when Lambda
    /// cannot be asked now, or another process took the step over.</returns>
    public async Task<bool?> TakeBackUpdateAsync(StoredFunction row, FunctionSettings before, CancellationToken cancellationToken)
    {
        var result = await ConfigureAsync(row, before, cancellationToken);
        if (result.Outcome == ManagementOutcome.Unknown)
        {
            return null;
        }

        if (!result.IsDone)
        {
            logger.NotRestored(row.Name, result.Message);
        }

        return await store.EndAsync(row, null) ? false : null;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (lambda is null)
        {
            return;
        }

        using var timer = new PeriodicTimer(s_between, clock);
        do
        {
            try
            {
                foreach (var row in await store.AbandonedAsync())
                {
                    logger.StepAbandoned(row.Name, row.Step);
                    await SettleAsync(row);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.NotSettled(exception);
            }
        }
        while (await WaitAsync(timer, stoppingToken));
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<bool> FinishDeletionAsync(StoredFunction row, CancellationToken cancellationToken)
    {
        var result = await lambda!.DeleteAsync(row.Name, cancellationToken);
        return result.Outcome switch
        {
            ManagementOutcome.Done => await store.RemoveAsync(row),
            ManagementOutcome.Unknown => false,
            _ => await store.EndAsync(row, null),
        };
    }

    private async Task<ManagementResult> ConfigureAsync(
        StoredFunction row, FunctionSettings function, CancellationToken cancellationToken) =>
        function.Environment is null
            ? new(ManagementOutcome.NotAllowed, "Its environment variables cannot be decrypted any more.")
            : await lambda!.UpdateConfigurationAsync(FunctionRows.ToConfiguration(function, row.StepId!.Value), cancellationToken);
}
