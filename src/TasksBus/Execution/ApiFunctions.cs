using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Execution;

/// <summary>
/// Invokes functions that answer requests. It makes no task. A request that has reached its function runs to its end whether or not its
/// caller waits.
/// </summary>
/// <param name="invoker">Null when this process reaches no Lambda.</param>
public sealed class ApiFunctions(
    IFunctionPolicyStore store, IOptions<TasksBusOptions> options, TaskMetrics metrics, TimeProvider clock, ILogger<ApiFunctions> logger,
    IFunctionInvoker? invoker = null)
    : IDisposable
{
    /// <summary>The longest time that a function may take to answer.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Extra time for Lambda's own report of a time-out, if the function is managed and its own limit is at most <see cref="LongestTime"/>.
    /// </summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>The slots of requests that are being answered.</summary>
    internal FunctionSlots Slots { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>The places of large bodies that are arriving.</summary>
    public FunctionSlots Bodies { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>Refuses at once what would be refused later, so that the body need not be read.</summary>
    /// <exception cref="CommandRefusedException">A request cannot be answered now.</exception>
    public void RequireRoom(string functionName)
    {
        if (invoker is null)
        {
            throw NotReached.Refused();
        }

        if (options.Value.OnlyRegisteredFunctions && !store.Functions.Contains(functionName))
        {
            throw new CommandRefusedException(ScheduleRules.NotRegistered(functionName));
        }

        if (!Slots.HasRoom(functionName))
        {
            throw Full();
        }
    }

    /// <summary>Admits a request whose body has arrived. An admitted request must be released with <see cref="Leave"/>.</summary>
    /// <exception cref="CommandRefusedException">There is no room for the request.</exception>
    public void Enter(string functionName)
    {
        if (!Slots.TryTake(functionName))
        {
            throw Full();
        }
    }

    /// <summary>Gives back the place of a request that was admitted, once it is answered.</summary>
    public void Leave(string functionName) => Slots.Release(functionName);

    /// <summary>The refusal of a request for which there is no room.</summary>
    public CommandRefusedException Full() => new(ErrorCode.ConcurrentApiFunctionLimit,
        $"API functions answer as many requests on this server already as TasksBus:MaxApiRequests ({options.Value.MaxApiRequests}) "
        + $"and TasksBus:FunctionShare ({Slots.Share} of one function) allow. Try again in a moment.");

    /// <summary>Invokes the function once. Every failure is a result.</summary>
    /// <param name="payload">The request, as the function gets it.</param>
    public async Task<ApiRun> InvokeAsync(string functionName, ReadOnlyMemory<byte> payload)
    {
        var functions = store.Functions;
        var result = await InvokeAsync(functionName, functions.Of(functionName), payload);
        var (text, error) = (Outcomes.LogOf(result) ?? "", Outcomes.ErrorOf(result));
        // For a failure without a log, this keeps the id that finds it in Lambda's logs.
        var isShown = text.Length > 0 || (result.RequestId is not null && error is not null);
        var log = isShown ? new TaskLog(text, clock.GetUtcNow(), result.RequestId) : null;
        var returned = (result as InvocationResult.Succeeded)?.Payload ?? default;
        return new(returned, error, log, functions.Contains(functionName), result is InvocationResult.FunctionFailed);
    }

    private Task<InvocationResult> InvokeAsync(string functionName, FunctionPolicy function, ReadOnlyMemory<byte> payload)
    {
        if (!function.IsEnabled)
        {
            return Task.FromResult<InvocationResult>(new InvocationResult.NotInvoked(
                TaskErrorNames.FunctionDisabled, $"The function '{functionName}' is disabled. Enable it first."));
        }

        var timeLimit = function.TimeLimitWithin(LongestTime);
        return Outcomes.InvokeAsync(
            functionName, (invoker: invoker!, logger, functionName, payload, timeLimit),
            static (run, token) => run.invoker.InvokeAsync(
                new(run.functionName, run.payload, run.timeLimit) { TraceParent = TaskTraces.Current }, token),
            static run => $"The function gave no answer within {run.timeLimit.TotalSeconds:0} seconds. It may still be running.",
            static (run, exception) => run.logger.ApiInvocationBroke(run.functionName, exception),
            function.TimeLimit <= LongestTime ? timeLimit + s_margin : timeLimit, metrics, clock);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Slots.Dispose();
        Bodies.Dispose();
    }
}

/// <summary>The result of a request that reached its function.</summary>
/// <param name="Payload">What the function returned, at most 6,291,456 bytes. Empty when it failed.</param>
/// <param name="Error">Null when the function returned.</param>
/// <param name="Log">What the function printed, and Lambda's id of the invocation.</param>
/// <param name="IsManaged">True when the function is managed here.</param>
/// <param name="IsItsOwnError">True when the function itself reported the error.</param>
public sealed record ApiRun(ReadOnlyMemory<byte> Payload, TaskError? Error, TaskLog? Log, bool IsManaged, bool IsItsOwnError);
