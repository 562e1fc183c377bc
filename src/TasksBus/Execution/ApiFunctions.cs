using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>
/// Invokes functions that answer requests. No task is made; a request that has reached its function runs to its end whether or not its
/// caller waits.
/// </summary>
/// <param name="invoker">Null: this process reaches no Lambda.</param>
public sealed class ApiFunctions(
    IFunctionPolicyStore store, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<ApiFunctions> logger,
    IFunctionInvoker? invoker = null)
    : IDisposable
{
    /// <summary>The longest that a function may take for an answer.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    /// <summary>For Lambda's own word on a function whose limit is the longest that it may take.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>Requests that are being answered.</summary>
    internal FunctionSlots Slots { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>Large bodies that are on their way.</summary>
    public FunctionSlots Bodies { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>Refuses at once what would be refused later, so that the body need not be read.</summary>
    /// <exception cref="CommandRefusedException">A request cannot be answered now.</exception>
    public void RequireRoom(string functionName)
    {
        if (invoker is null)
        {
            throw new CommandRefusedException(ErrorCode.ServiceUnreachable, NotReached.Message);
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

    /// <summary>Lets a request in whose body is there. One that was let in must be let out with <see cref="Leave"/>.</summary>
    /// <exception cref="CommandRefusedException">There is no room for it.</exception>
    public void Enter(string functionName)
    {
        if (!Slots.TryTake(functionName))
        {
            throw Full();
        }
    }

    public void Leave(string functionName) => Slots.Release(functionName);

    /// <summary>What is told to a request for which there is no room.</summary>
    public CommandRefusedException Full() => new(ErrorCode.ConcurrentApiFunctionLimit,
        $"API functions answer as many requests on this server already as TasksBus:MaxApiRequests ({options.Value.MaxApiRequests}) "
        + $"and TasksBus:FunctionShare ({Slots.Share} of one function) allow. Try again in a moment.");

    /// <summary>Invokes the function once. Whatever goes wrong is a result.</summary>
    /// <param name="payload">The request, as the function gets it.</param>
    public async Task<ApiRun> InvokeAsync(string functionName, ReadOnlyMemory<byte> payload)
    {
        var functions = store.Functions;
        var result = await InvokeAsync(functionName, functions.Of(functionName), payload);
        var (text, error) = (Outcomes.LogOf(result) ?? "", Outcomes.ErrorOf(result));
        // Of a failure that left no log, what finds it in Lambda's.
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
            (invoker: invoker!, logger, functionName, payload, timeLimit),
            static (run, token) => run.invoker.InvokeAsync(new(run.functionName, run.payload, run.timeLimit), token),
            static run => $"The function gave no answer within {run.timeLimit.TotalSeconds:0} seconds. It may still be running.",
            static (run, exception) => run.logger.ApiInvocationBroke(run.functionName, exception),
            function.TimeLimit <= LongestTime ? timeLimit + s_margin : timeLimit, clock);
    }

    public void Dispose()
    {
        Slots.Dispose();
        Bodies.Dispose();
    }
}

/// <summary>What came of a request that reached its function.</summary>
/// <param name="Payload">What the function returned, at most 6,291,456 bytes; empty where it failed.</param>
/// <param name="Error">Null: it returned.</param>
/// <param name="Log">What it printed, and Lambda's id of the invocation.</param>
/// <param name="IsManaged">Whether the function is managed here.</param>
/// <param name="IsItsOwnError">Whether the error is what the function itself said.</param>
public sealed record ApiRun(ReadOnlyMemory<byte> Payload, TaskError? Error, TaskLog? Log, bool IsManaged, bool IsItsOwnError);
