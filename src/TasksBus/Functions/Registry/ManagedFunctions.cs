using System.Security.Cryptography;
using TasksBus.Contracts;
using TasksBus.Functions.Management;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Functions.Registry;

/// <summary>
/// The functions that are managed here, kept in step with Lambda. A change that fails half-way is taken back. What a crash leaves behind is
/// finished or taken back by the next call (<see cref="UnfinishedSteps"/>).
/// </summary>
/// <param name="lambda">Null when this server reaches no Lambda. It can then only read functions, and change what does not concern
/// Lambda.</param>
public sealed class ManagedFunctions(
    IFunctionStore store, UnfinishedSteps unfinished, FunctionRows rows, IFunctionManagement? lambda = null)
{
    private static readonly Refusal s_noLambda = new(ErrorCode.ServiceUnreachable, NotReached.Message);

    /// <summary>All functions, sorted by name.</summary>
    public async Task<IReadOnlyList<FunctionSettings>> ListAsync() => [.. (await store.AllAsync()).Select(rows.ToSettings)];

    /// <summary>Returns a function, or the reason why it cannot be shown.</summary>
    public async Task<(FunctionSettings? Function, Refusal? Refusal)> FindAsync(string name) =>
        await store.FindAsync(name) is { } row && row.Step != FunctionStep.Creating ? (rows.ToSettings(row), null) : (null, Unknown(name));

    /// <summary>Creates a function in Lambda and here.</summary>
    public async Task<(FunctionSettings? Function, Refusal? Refusal)> CreateAsync(string name, FunctionChanges changes)
    {
        var settings = changes.ApplyTo(new() { Name = name });
        if (Missing(changes) is { } missing)
        {
            return (null, new(ErrorCode.MissingRequiredFields, $"{missing} is required."));
        }

        if (FunctionRules.Check(settings) is { } fault)
        {
            return (null, fault);
        }

        var (zip, refusal) = DeploymentPackage.Read(changes.Code!, settings);
        if (refusal is not null || lambda is null)
        {
            return (null, refusal ?? s_noLambda);
        }

        var row = rows.ToStored(settings);
        while (await store.AddAsync(row, UnfinishedSteps.LongestStep) is { } existing)
        {
            if (existing.Step != FunctionStep.Creating)
            {
                return (null,
                    new(ErrorCode.ResourceAlreadyExists, $"There is a function '{name}' already. Update it, or choose another name."));
            }

            if (!await unfinished.SettleAsync(existing))
            {
                return (null, Busy(name));
            }
        }

        using var patience = new CancellationTokenSource(UnfinishedSteps.LongestCalls);
        var result = await lambda.CreateAsync(FunctionRows.ToConfiguration(settings, row.StepId!.Value), zip, patience.Token);
        if (result.IsDone)
        {
            return await store.EndAsync(row, null, result.Function?.Account) ? await FindAsync(name) : (null, TakenBack(name));
        }

        var isClean = await unfinished.TakeBackCreationAsync(row, patience.Token);
        return (null, result.Outcome == ManagementOutcome.Exists
            ? new(
                ErrorCode.ResourceAlreadyExists,
                $"Lambda has a function '{name}' that is not managed here. Delete it there, or choose another name.")
            : Refuse(result, isClean ? "Nothing was made." : "What was made of it is deleted as soon as Lambda can be reached."));
    }

    /// <summary>Changes the given properties and leaves the rest.</summary>
    /// <returns>Null when it is done.</returns>
    public async Task<Refusal?> UpdateAsync(string name, FunctionChanges changes)
    {
        if (await store.FindAsync(name) is not { } row || row.Step == FunctionStep.Creating)
        {
            return Unknown(name);
        }

        if (row.Step != FunctionStep.None)
        {
            return await unfinished.SettleAsync(row) ? await UpdateAsync(name, changes) : Busy(name);
        }

        var before = rows.ToSettings(row);
        var after = changes.ApplyTo(before);
        if (FunctionRules.Check(after) is { } fault)
        {
            return fault;
        }

        var (zip, refusal) = changes.Code is { } code ? DeploymentPackage.Read(code, after) : ([], null);
        if (refusal is not null)
        {
            return refusal;
        }

        if (!changes.IsForLambda)
        {
            return await store.ChangeAsync(row, rows.ToStored(after, row.Environment)) ? null : Busy(name);
        }

        if (lambda is null)
        {
            return s_noLambda;
        }

        if (after.Environment is null)
        {
            return new(ErrorCode.IllegalState,
                "The function's environment variables cannot be decrypted any more: the keys that they were encrypted with are gone. Send "
                    + "environmentVariables with the update.");
        }

        var next = rows.ToStored(after);
        var hash = changes.Code is null ? null : Convert.ToBase64String(SHA256.HashData(zip));
        return await store.BeginAsync(row, FunctionStep.Updating, UnfinishedSteps.LongestStep, next, hash)
            ? await UpdateInLambdaAsync(row, next, before, after, changes.Code is null ? null : zip)
            : Busy(name);
    }

    /// <summary>Deletes a function in Lambda and here. Its tasks and logs stay.</summary>
    /// <returns>Null when it is done.</returns>
    public async Task<Refusal?> DeleteAsync(string name)
    {
        if (await store.FindAsync(name) is not { } row || row.Step == FunctionStep.Creating)
        {
            return Unknown(name);
        }

        if (row.Step != FunctionStep.None)
        {
            return await unfinished.SettleAsync(row) ? await DeleteAsync(name) : Busy(name);
        }

        if (lambda is null)
        {
            return s_noLambda;
        }

        if (!await store.BeginAsync(row, FunctionStep.Deleting, UnfinishedSteps.LongestStep))
        {
            return Busy(name);
        }

        using var patience = new CancellationTokenSource(UnfinishedSteps.LongestCalls);
        var result = await lambda.DeleteAsync(name, patience.Token);
        switch (result.Outcome)
        {
            case ManagementOutcome.Done:
                await store.RemoveAsync(row);
                return null;
            case ManagementOutcome.Unknown:
                return Refuse(result, "It is deleted as soon as Lambda can be reached.");
            default:
                await store.EndAsync(row, null);
                return Refuse(result, "It was not deleted.");
        }
    }

    /// <summary>Enables or disables the start of a function's tasks.</summary>
    /// <returns>Null when it is done, or was so already.</returns>
    public async Task<Refusal?> EnableAsync(string name, bool isEnabled) =>
        await store.FindAsync(name) is { } row
            && (row.IsEnabled == isEnabled && row.Step != FunctionStep.Creating || await store.EnableAsync(row, isEnabled))
            ? null : Unknown(name);

    /// <summary>
    /// Updates the configuration first. If the code fails after it, the whole former configuration is known and is restored.
    /// </summary>
    private async Task<Refusal?> UpdateInLambdaAsync(
        StoredFunction row, StoredFunction next, FunctionSettings before, FunctionSettings after, byte[]? zip)
    {
        using var patience = new CancellationTokenSource(UnfinishedSteps.LongestCalls);
        var stepId = row.StepId!.Value;
        var result = await lambda!.UpdateConfigurationAsync(FunctionRows.ToConfiguration(after, stepId), patience.Token);
        if (result.IsDone && zip is not null)
        {
            result = await lambda!.UpdateCodeAsync(row.Name, zip, patience.Token);
        }

        if (result.IsDone)
        {
            return await store.EndAsync(row, next, result.Function?.Account) ? null : TakenBack(row.Name);
        }

        // If it is unknown whether the code arrived, that is looked up. Everything else is put back as it was.
        var isSettled = result.Outcome == ManagementOutcome.Unknown && zip is not null
            ? await unfinished.SettleUpdateAsync(row, patience.Token)
            : await unfinished.TakeBackUpdateAsync(row, before, patience.Token);
        return isSettled is null ? Refuse(result, "What of it was changed is settled as soon as Lambda can be reached.")
            : isSettled is true ? null
            : Refuse(result, "Nothing was changed.");
    }

    private static string? Missing(FunctionChanges changes) =>
        changes.Code is null ? "code"
            : string.IsNullOrEmpty(changes.EntryPoint) ? "entryPoint"
            : string.IsNullOrEmpty(changes.Runtime) ? "runtime"
            : null;

    private static Refusal Unknown(string name) =>
        new(ErrorCode.ResourceUnknown, $"There is no function '{(name.Length <= 64 ? name : name[..64] + "...")}'.");

    private static Refusal Busy(string name) =>
        new(ErrorCode.IllegalState, $"The function '{name}' is being changed by another call; try again when that is done.");

    private static Refusal TakenBack(string name) =>
        new(ErrorCode.IllegalState, $"The call took so long that another one settled the function '{name}'. Look at it, and try again.");

    /// <summary>
    /// Lambda's message about code and configuration is for the caller who sent them. Its message about this server and its credentials is
    /// not.
    /// </summary>
    private static Refusal Refuse(ManagementResult result, string consequence)
    {
        var words = ErrorText.Clean(result.Message, ErrorText.MessageLimit);
        return result.Outcome switch
        {
            ManagementOutcome.CodeRefused => new(ErrorCode.InvalidFunctionCode, $"{words} {consequence}"),
            ManagementOutcome.ConfigurationRefused => new(ErrorCode.InvalidFunctionConfiguration, $"{words} {consequence}"),
            ManagementOutcome.NotFound => new(ErrorCode.ResourceUnknown, $"{words} {consequence}"),
            ManagementOutcome.Unknown =>
                new(ErrorCode.ServiceUnreachable, $"Lambda cannot be reached, is busy or failed. {consequence}", words),
            _ => new(
                ErrorCode.ServerException, $"This server may not do that in Lambda: its operator must mend that. {consequence}", words),
        };
    }
}
