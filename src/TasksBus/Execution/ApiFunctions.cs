using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Intake;
using TasksBus.Storage;

namespace TasksBus.Execution;

/// <summary>Invokes functions that answer requests. No task is made; a request that has reached its function runs to its end whether or not its caller waits.</summary>
/// <param name="invoker">Null: this process reaches no Lambda.</param>
public sealed class ApiFunctions(
    IFunctionPolicyStore store, IOptions<TasksBusOptions> options, TimeProvider clock, ILogger<ApiFunctions> logger, IFunctionInvoker? invoker = null) : IDisposable
{
    /// <summary>The longest that a function may take for an answer.</summary>
    public static readonly TimeSpan LongestTime = TimeSpan.FromSeconds(30);

    /// <summary>For Lambda's own word on a function whose limit is the longest that it may take.</summary>
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(5);

    /// <summary>Requests that are being answered.</summary>
    internal FunctionSlots Slots { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>Large bodies that are on their way.</summary>
    public FunctionSlots Bodies { get; } = new(options.Value.MaxApiRequests, options.Value.FunctionShare);

    /// <summary>Why a request cannot be answered now, so that its body need not be read; null where it can.</summary>
    public Refusal? RefusalOf(string functionName) =>
        invoker is null ? new(ErrorCode.ServiceUnreachable, NotReached.Message)
        : options.Value.OnlyRegisteredFunctions && !store.Functions.Contains(functionName)
            ? ScheduleRules.NotRegistered(functionName)
        : Slots.HasRoom(functionName) ? null
        : Full();

    /// <summary>Lets a request in whose body is there, or says why not. One that was let in must be let out with <see cref="Leave"/>.</summary>
    public Refusal? Enter(string functionName) => Slots.TryTake(functionName) ? null : Full();

    public void Leave(string functionName) => Slots.Release(functionName);

    /// <summary>What is told to a request for which there is no room.</summary>
    public Refusal Full() => new(ErrorCode.ConcurrentApiFunctionLimit,
        $"API functions answer as many requests on this server already as TasksBus:MaxApiRequests ({options.Value.MaxApiRequests}) and TasksBus:FunctionShare ({Slots.Share} of one function) allow. Try again in a moment.");

    /// <summary>Invokes the function once. Whatever goes wrong is a result.</summary>
    /// <param name="payload">The request, as the function gets it.</param>
    public async Task<ApiRun> InvokeAsync(string functionName, ReadOnlyMemory<byte> payload)
    {
        var functions = store.Functions;
        var result = await InvokeAsync(functionName, functions.Of(functionName), payload);
        var text = Invocation.Storable((result as InvocationResult.Succeeded)?.Log ?? (result as InvocationResult.FunctionFailed)?.Log) ?? "";
        var error = Invocation.ErrorOf(result);
        // Of a failure that left no log, what finds it in Lambda's.
        var log = text.Length > 0 || (result.RequestId is not null && error is not null) ? new TaskLog(text, clock.GetUtcNow(), result.RequestId) : null;
        return new((result as InvocationResult.Succeeded)?.Payload ?? default, error, log, functions.Contains(functionName), result is InvocationResult.FunctionFailed);
    }

    private async Task<InvocationResult> InvokeAsync(string functionName, FunctionPolicy function, ReadOnlyMemory<byte> payload)
    {
        if (!function.IsEnabled)
        {
            return new InvocationResult.NotInvoked(TaskErrorNames.FunctionDisabled, $"The function '{functionName}' is disabled. Enable it first.");
        }

        var timeLimit = function.TimeLimitWithin(LongestTime);
        using var deadline = new CancellationTokenSource(function.TimeLimit <= LongestTime ? timeLimit + s_margin : timeLimit, clock);
        try
        {
            return await invoker!.InvokeAsync(new(functionName, payload, timeLimit), deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            return new InvocationResult.Unknown(TaskErrorNames.TimeLimitExceeded, $"The function gave no answer within {timeLimit.TotalSeconds:0} seconds. It may still be running.");
        }
        catch (Exception exception)
        {
            logger.ApiInvocationBroke(functionName, exception);
            return new InvocationResult.Unknown(exception.GetType().Name, ErrorText.Clean($"The invocation failed in an unexpected way: {exception.Message}", ErrorText.MessageLimit));
        }
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
