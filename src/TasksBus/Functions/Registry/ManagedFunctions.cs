using System.Security.Cryptography;
using TasksBus.Contracts;
using TasksBus.Functions.Management;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Functions.Registry;

/// <summary>
/// The functions that are managed here, kept in step with Lambda. A change that fails half-way is taken back. What a crash leaves behind is
/// finished or taken back by the next call, or by a background service (<see cref="UnfinishedSteps"/>).
/// </summary>
/// <param name="lambda">Null when this server reaches no Lambda. It can then only read functions, and change what does not concern
/// Lambda.</param>
public sealed class ManagedFunctions(
    IFunctionStore store, UnfinishedSteps unfinished, FunctionRows rows, IFunctionManagement? lambda = null)
{
    /// <summary>All functions, sorted by name.</summary>
    public async Task<IReadOnlyList<FunctionSettings>> ListAsync() => [.. (await store.AllAsync()).Select(rows.ToSettings)];

    /// <summary>Returns a function.</summary>
    /// <exception cref="CommandRefusedException">There is no function of that name.</exception>
    public async Task<FunctionSettings> FindAsync(string name) => rows.ToSettings(await FindRowAsync(name));

    /// <summary>Creates a function in Lambda and here.</summary>
    /// <exception cref="CommandRefusedException">The function cannot be created.</exception>
    public async Task<FunctionSettings> CreateAsync(string name, FunctionChanges changes)
    {
        var settings = changes.ApplyTo(new() { Name = name });
        if (Missing(changes) is { } missing)
        {
            throw new CommandRefusedException(ErrorCode.MissingRequiredFields, $"{missing} is required.");
        }

        FunctionRules.Check(settings);
        var zip = DeploymentPackage.Read(changes.Code!, settings);
        RequireLambda();
        var row = rows.ToStored(settings);
        while (await store.AddAsync(row, UnfinishedSteps.LongestStep) is { } existing)
        {
            if (existing.Step != FunctionStep.Creating)
            {
                throw new CommandRefusedException(
                    ErrorCode.ResourceAlreadyExists, $"There is a function '{name}' already. Update it, or choose another name.");
            }

            if (!await unfinished.SettleAsync(existing))
            {
                throw Busy(name);
            }
        }

        using var patience = new CancellationTokenSource(UnfinishedSteps.LongestCalls);
        var result = await lambda!.CreateAsync(FunctionRows.ToConfiguration(settings, row.StepId!.Value), zip, patience.Token);
        if (result.IsDone)
        {
            return await store.EndAsync(row, null, result.Function?.Account) ? await FindAsync(name) : throw TakenBack(name);
        }

        var isClean = await unfinished.TakeBackCreationAsync(row, patience.Token);
        throw result.Outcome == ManagementOutcome.Exists
            ? new CommandRefusedException(ErrorCode.ResourceAlreadyExists,
                $"Lambda has a function '{name}' that is not managed here. Delete it there, or choose another name.")
            : Refused(result, isClean ? "Nothing was made." : "What was made of it is deleted as soon as Lambda can be reached.");
    }

    /// <summary>Changes the given properties and leaves the rest.</summary>
    /// <exception cref="CommandRefusedException">The function cannot be changed.</exception>
    public async Task UpdateAsync(string name, FunctionChanges changes)
    {
        var row = await FindSettledAsync(name);
        var before = rows.ToSettings(row);
        var after = changes.ApplyTo(before);
        FunctionRules.Check(after);
        var zip = changes.Code is { } code ? DeploymentPackage.Read(code, after) : null;
        if (!changes.IsForLambda)
        {
            if (!await store.ChangeAsync(row, rows.ToStored(after, row.Environment)))
            {
                throw Busy(name);
            }

            return;
        }

        RequireLambda();
        if (after.Environment is null)
        {
            throw new CommandRefusedException(ErrorCode.IllegalState,
                "The function's environment variables cannot be decrypted any more: the keys that they were encrypted with are gone. "
                + "Send environmentVariables with the update.");
        }

        var next = rows.ToStored(after);
        var hash = zip is null ? null : Convert.ToBase64String(SHA256.HashData(zip));
        if (!await store.BeginAsync(row, FunctionStep.Updating, UnfinishedSteps.LongestStep, next, hash))
        {
            throw Busy(name);
        }

        await UpdateInLambdaAsync(row, next, before, after, zip);
    }

    /// <summary>Deletes a function in Lambda and here. Its tasks and logs stay.</summary>
    /// <exception cref="CommandRefusedException">The function cannot be deleted.</exception>
    public async Task DeleteAsync(string name)
    {
        var row = await FindSettledAsync(name);
        RequireLambda();
        if (!await store.BeginAsync(row, FunctionStep.Deleting, UnfinishedSteps.LongestStep))
        {
            throw Busy(name);
        }

        using var patience = new CancellationTokenSource(UnfinishedSteps.LongestCalls);
        var result = await lambda!.DeleteAsync(name, patience.Token);
        switch (result.Outcome)
        {
            case ManagementOutcome.Done:
                await store.RemoveAsync(row);
                break;
            case ManagementOutcome.Unknown:
                throw Refused(result, "It is deleted as soon as Lambda can be reached.");
            default:
                await store.EndAsync(row, null);
                throw Refused(result, "It was not deleted.");
        }
    }

    /// <summary>Enables or disables the start of a function's tasks.</summary>
    /// <exception cref="CommandRefusedException">There is no function of that name.</exception>
    public async Task EnableAsync(string name, bool isEnabled)
    {
        if (await store.FindAsync(name) is not { } row
            || !(row.IsEnabled == isEnabled && row.Step != FunctionStep.Creating || await store.EnableAsync(row, isEnabled)))
        {
            throw Unknown(name);
        }
    }

    private async Task<StoredFunction> FindRowAsync(string name) =>
        await store.FindAsync(name) is { } row && row.Step != FunctionStep.Creating ? row : throw Unknown(name);

    /// <summary>Returns a function that has no step under way. It first settles what a crash left behind.</summary>
    private async Task<StoredFunction> FindSettledAsync(string name)
    {
        while (true)
        {
            var row = await FindRowAsync(name);
            if (row.Step == FunctionStep.None)
            {
                return row;
            }

            if (!await unfinished.SettleAsync(row))
            {
                throw Busy(name);
            }
        }
    }

    private void RequireLambda()
    {
        if (lambda is null)
        {
            throw NotReached.Refused();
        }
    }

    /// <summary>
    /// Updates the configuration first. If the code fails after it, the whole former configuration is known and is restored.
    /// </summary>
    private async Task UpdateInLambdaAsync(
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
            if (!await store.EndAsync(row, next, result.Function?.Account))
            {
                throw TakenBack(row.Name);
            }

            return;
        }

        // If it is unknown whether the code arrived, that is looked up. Everything else is put back as it was.
        var isSettled = result.Outcome == ManagementOutcome.Unknown && zip is not null
            ? await unfinished.SettleUpdateAsync(row, patience.Token)
            : await unfinished.TakeBackUpdateAsync(row, before, patience.Token);
        if (isSettled is not true)
        {
            throw Refused(result, isSettled is null
                ? "What of it was changed is settled as soon as Lambda can be reached."
                : "Nothing was changed.");
        }
    }

    private static string? Missing(FunctionChanges changes) =>
        changes.Code is null ? "code"
            : string.IsNullOrEmpty(changes.EntryPoint) ? "entryPoint"
            : string.IsNullOrEmpty(changes.Runtime) ? "runtime"
            : null;

    private static CommandRefusedException Unknown(string name) =>
        new(ErrorCode.ResourceUnknown, $"There is no function '{Excerpt.Of(name, 64)}'.");

    private static CommandRefusedException Busy(string name) =>
        new(ErrorCode.IllegalState, $"The function '{name}' is being changed by another call; try again when that is done.");

    private static CommandRefusedException TakenBack(string name) =>
        new(ErrorCode.IllegalState, $"The call took so long that another one settled the function '{name}'. Look at it, and try again.");

    /// <summary>
    /// Lambda's message about code and configuration is for the caller who sent them. Its message about this server and its credentials is
    /// not.
    /// </summary>
    private static CommandRefusedException Refused(ManagementResult result, string consequence)
    {
        var words = ErrorText.Clean(result.Message, ErrorText.MessageLimit);
        return new(result.Outcome switch
        {
            ManagementOutcome.CodeRefused => new Refusal(ErrorCode.InvalidFunctionCode, $"{words} {consequence}"),
            ManagementOutcome.ConfigurationRefused => new(ErrorCode.InvalidFunctionConfiguration, $"{words} {consequence}"),
            ManagementOutcome.NotFound => new(ErrorCode.ResourceUnknown, $"{words} {consequence}"),
            ManagementOutcome.Unknown =>
                new(ErrorCode.ServiceUnreachable, $"Lambda cannot be reached, is busy or failed. {consequence}", words),
            _ =>
                new(ErrorCode.ServerException, $"This server may not do that in Lambda: its operator must mend that. {consequence}", words),
        });
    }
}
