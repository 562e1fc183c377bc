using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>
/// Runs functions for callers who wait for the answer: past the ready queue, in the process that was asked. The task is stored as running
/// before its function is invoked, under a lease of this process's own, so that a task of a process that died is cleaned up like any other.
/// A run that has begun does not depend on its caller: it is reported also when nobody waits for it any more.
/// </summary>
/// <param name="invoker">Null: this process reaches no Lambda.</param>
public sealed class DirectExecution(
    IFunctionPolicyStore policies, IWorkerLeases leases, TaskTransitions transitions, IOptions<TasksBusOptions> options,
    IHostApplicationLifetime lifetime, TimeProvider clock,
    ILogger<DirectExecution> logger, IFunctionInvoker? invoker = null) : IHostedService, IDisposable
{
    /// <summary>The longest that a function may run directly.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    private readonly FunctionSlots _slots = new(options.Value.MaxDirectExecutions, options.Value.FunctionShare);
    private readonly Reports _reports = new(transitions, clock, logger);
    private readonly Drain _drain = new(lifetime, options.Value.DrainTimeout, clock);
    private readonly CancellationTokenSource _ended = new();
    private readonly Lock _registering = new();
    private Task<WorkerLease>? _lease;
    private Task _beating = Task.CompletedTask;

    /// <summary>Large bodies that are on their way.</summary>
    public FunctionSlots Bodies { get; } = new(options.Value.MaxDirectExecutions, options.Value.FunctionShare);

    /// <summary>Refuses at once what would be refused later, so that the body need not be read.</summary>
    /// <exception cref="CommandRefusedException">Nothing can be executed for a caller now.</exception>
    public void RequireRoom(string functionName)
    {
        RequireInvoker();
        if (!_slots.HasRoom(functionName))
        {
            throw Full();
        }
    }

    /// <summary>What is told to a caller for whom there is no room.</summary>
    public CommandRefusedException Full() => new(ErrorCode.ConcurrentExecutionLimit,
        $"This server executes as many functions directly already as TasksBus:MaxDirectExecutions ({options.Value.MaxDirectExecutions}) "
        + $"and TasksBus:FunctionShare ({_slots.Share} of one function) allow. Try again, or schedule a task.");

    /// <inheritdoc cref="ExecuteAsync(string, Func{ScheduleTask}, string?, string?)"/>
    public Task<DirectRun> ExecuteAsync(ScheduleTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return ExecuteAsync(task.FunctionName, () => task);
    }

    /// <summary>Stores a task that the rules accept as running, runs its function once, and stores how it ended.</summary>
    /// <param name="read">Makes the task, once there is room for it.</param>
    /// <param name="userId">24 hex digits: the user who asks, where one is known.</param>
    /// <param name="applicationId">The same for the application.</param>
    /// <exception cref="CommandRefusedException">It may not run, and nothing was stored; the refusal says why.</exception>
    /// <exception cref="StoreUnavailableException">The database is away, and the function was not invoked.</exception>
    public async Task<DirectRun> ExecuteAsync(
        string functionName, Func<ScheduleTask> read, string? userId = null, string? applicationId = null)
    {
        ArgumentNullException.ThrowIfNull(read);
        RequireInvoker();
        if (FaultOf(functionName, policies.Functions) is not null)
        {
            // Before it is refused, what others changed a moment ago is looked at.
            await policies.RefreshFunctionsAsync(CancellationToken.None);
            Admit(functionName, policies.Functions);
        }

        if (!_slots.TryTake(functionName))
        {
            throw Full();
        }

        try
        {
            var task = read() with { CreatedByUserId = userId, CreatedByApplicationId = applicationId };
            return await RunAsync(task, new(invoker!, LongestTime, clock, logger));
        }
        finally
        {
            _slots.Release(functionName);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for what runs, and leaves in good order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _slots.All.Close();
        await _drain.WaitAsync(_slots.All);
        await _ended.CancelAsync();
        await _beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_lease is not { IsCompletedSuccessfully: true } lease)
        {
            return;
        }

        (await lease).GiveUp();
        try
        {
            await leases.RemoveWorkerAsync((await lease).WorkerId, _drain.Ended);
        }
        catch (Exception exception)
        {
            // The silence tells the same, a lease later.
            logger.HeartbeatFailed(exception);
        }
    }

    public void Dispose()
    {
        _slots.Dispose();
        Bodies.Dispose();
        _drain.Dispose();
        _ended.Dispose();
    }

    private async Task<DirectRun> RunAsync(ScheduleTask task, Invocation invocation)
    {
        var lease = await LeaseAsync();
        if (!lease.HasMargin)
        {
            throw new StoreUnavailableException("The lease of this process could not be renewed in time, so the function was not invoked.");
        }

        var (id, claimId, timeLimit) = (TaskId.New(clock), Guid.NewGuid(), LongestTime);
        var begun = await transitions.RaiseWithFunctionsAsync(id, EventKind.MakeTask, (_, functions) =>
        {
            timeLimit = Admit(task.FunctionName, functions).TimeLimitWithin(LongestTime);
            return new TaskExecutedDirectly(id.ToGuid(), task, claimId, lease.WorkerId, timeLimit + Invocation.DeadlineMargin(invoker!));
        }, dataLength: TaskTransitions.DataLength(task));

        if (begun.Task is not { Status: TaskStates.InProgress } running || running.ClaimId != claimId)
        {
            // The commit arrived so late that the task has been ended since.
            throw new StoreUnavailableException("The database confirmed too late that the task runs, so the function was not invoked.");
        }

        var result = await invocation.InvokeAsync(running, timeLimit, lease);
        var report = Invocation.Ending(running, result);
        if (report is FunctionFailed failed)
        {
            // Never retried by a policy: the caller hears of the failure, and may try again.
            report = failed with { MayBeRetried = false };
        }

        var data = running.Data;
        var ended = (await _reports.StoreAsync(running, report, _ended.Token)).Task!;
        // Where it was read again, its input was not.
        ended.Data = data;
        return new(ended, result);
    }

    private void RequireInvoker()
    {
        if (invoker is null)
        {
            throw new CommandRefusedException(ErrorCode.ServiceUnreachable, NotReached.Message);
        }
    }

    /// <summary>What the function's settings say, where they let it run directly.</summary>
    /// <exception cref="CommandRefusedException">They do not.</exception>
    private FunctionPolicy Admit(string functionName, FunctionPolicies functions) =>
        FaultOf(functionName, functions) is { } fault ? throw fault : functions.Of(functionName);

    /// <summary>Why the function may not run directly; null where it may.</summary>
    private CommandRefusedException? FaultOf(string functionName, FunctionPolicies functions)
    {
        var function = functions.Of(functionName);
        return options.Value.OnlyRegisteredFunctions && functions != FunctionPolicies.NotRead && !functions.Contains(functionName)
                ? new(ScheduleRules.NotRegistered(functionName))
            : !function.IsEnabled ? new(ErrorCode.LambdaInvocation, $"The function '{functionName}' is disabled. Enable it first.")
            : function.TimeLimit > LongestTime
                ? new(ErrorCode.TimeLimitExceedsDirectExecutionMaximum,
                    $"The function '{functionName}' has a time limit of {function.TimeLimit.Value.TotalSeconds:0} seconds; "
                    + $"at most {LongestTime.TotalSeconds:0} can be executed directly. Schedule a task, or lower the limit.")
            : null;
    }

    /// <summary>The lease of this process: taken when it is first needed, and anew, under another id, when it was lost.</summary>
    private Task<WorkerLease> LeaseAsync()
    {
        lock (_registering)
        {
            return _lease is { IsCompleted: false } or { IsCompletedSuccessfully: true, Result.IsLost: false } ? _lease
                : _lease = RegisterAsync();
        }
    }

    private async Task<WorkerLease> RegisterAsync()
    {
        var lease = new WorkerLease(leases, options.Value.WorkerLease, clock, logger);
        await lease.RegisterAsync(PoolNames.DirectExecution, 0, _ended.Token);
        _beating = lease.KeepAsync(static () => 0, _ended.Token);
        return lease;
    }
}
