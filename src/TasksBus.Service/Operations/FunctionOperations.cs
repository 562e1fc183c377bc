using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Service.Operations;

/// <summary>
/// What a caller does with managed functions, over HTTP or in the dashboard. Each operation checks the caller's permission, and throws
/// <see cref="CommandRefusedException"/> when it is missing.
/// </summary>
public sealed class FunctionOperations(ManagedFunctions functions, IFunctionPolicyStore policies)
{
    /// <summary>All managed functions, sorted by name.</summary>
    public Task<IReadOnlyList<FunctionSettings>> ListAsync(Caller caller)
    {
        caller.Require(Permissions.ViewTaskFunctions);
        return functions.ListAsync();
    }

    /// <exception cref="CommandRefusedException">There is no function of that name.</exception>
    public Task<FunctionSettings> FindAsync(Caller caller, string name)
    {
        caller.Require(Permissions.ViewTaskFunctionDetails);
        return functions.FindAsync(name);
    }

    /// <summary>Enables or disables a function.</summary>
    /// <exception cref="CommandRefusedException">There is no function of that name, or it is being changed.</exception>
    public Task EnableAsync(Caller caller, string name, bool isEnabled)
    {
        caller.Require(Permissions.UpdateTaskFunction);
        return functions.EnableAsync(name, isEnabled);
    }

    /// <summary>The pool of the next task that uses this name for the function.</summary>
    public async Task<string> PoolAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        caller.Require(Permissions.ViewTaskFunctionDetails);
        ScheduleRules.Check(new() { FunctionName = name });
        return (await policies.RefreshFunctionsAsync(cancellationToken)).PoolOf(name);
    }
}
