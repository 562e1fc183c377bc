using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Testing.Pacing;
using TasksBus.Worker;

namespace TasksBus.Testing.Functions;

/// <summary>
/// Runs the delegates that stand for functions, as Lambda runs functions: within their time limit, with a log and an answer.
/// </summary>
internal sealed class TestInvoker(
    TasksBusTestHarnessOptions options, TestClock clock, Activity activity, IServiceScopeFactory scopes) : IFunctionInvoker, IDisposable
{
    private static readonly JsonSerializerOptions s_web = new(JsonSerializerDefaults.Web);

    private readonly ConcurrentDictionary<string, TestFunction> _functions = options.Functions;
    private readonly ConcurrentDictionary<string, FunctionRun> _runs = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>The functions that run now, by the ids of their tasks.</summary>
    public IReadOnlyDictionary<string, FunctionRun> Runs => _runs;

    /// <summary>The functions that only the clock can bring on.</summary>
    public int Waiting => _runs.Values.Count(static run => run.Waits);

    public TestFunction Of(string name) => _functions.GetOrAdd(name, static name => new(name));

    /// <summary>The runs that a task has had.</summary>
    public IReadOnlyList<FunctionCall> CallsOf(string taskId) =>
        [.. _functions.Values.SelectMany(static function => function.Calls).Where(call => call.TaskId == taskId).OrderBy(call => call.At)];

    /// <summary>Ends every run, because the harness stops.</summary>
    public void Stop() => _stopping.Cancel();

    public async Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
    {
        if (Find(invocation.FunctionName) is not { } function)
        {
            return new InvocationResult.NotInvoked(
                "ResourceNotFoundException",
                $"The harness has no function '{invocation.FunctionName}'. Add it with AddFunction(\"{invocation.FunctionName}\").");
        }

        var requestId = Guid.NewGuid().ToString();
        await using var scope = scopes.CreateAsyncScope();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var (run, behavior) = Begin(function, invocation, scope.ServiceProvider, ended.Token);
        TaskCompletionSource limit = new(TaskCreationOptions.RunContinuationsAsynchronously);
        // The timer is none of the function's own, so it is set outside of its context.
        await using var timer = clock.CreateTimer(
            _ =>
            {
                run.Ends();
                limit.TrySetResult();
            },
            null, invocation.TimeLimit, Timeout.InfiniteTimeSpan);
        try
        {
            var code = RunAsync(run, behavior);
            var first = await Task.WhenAny(code, limit.Task, Task.Delay(Timeout.Infinite, ended.Token));
            run.Ends();
            return first == code ? Answer(code, run.Call, requestId)
                : first == limit.Task ? LateResult(function, run.Call, invocation.TimeLimit, requestId)
                : new InvocationResult.Unknown("HarnessStopped", "The harness stopped while the function ran.", requestId);
        }
        finally
        {
            await ended.CancelAsync();
            _runs.TryRemove(run.Call.TaskId, out _);
            activity.Note();
        }
    }

    public void Dispose() => _stopping.Dispose();

    private TestFunction? Find(string name) =>
        _functions.TryGetValue(name, out var exact) ? exact
        : FunctionName.Parse(name) is { } parsed && _functions.TryGetValue(parsed.Name, out var function) ? function
        : null;

    private (FunctionRun Run, TestFunction.Behavior Behavior) Begin(
        TestFunction function, FunctionInvocation invocation, IServiceProvider services, CancellationToken ended)
    {
        var task = JsonElement.Parse(invocation.Payload.Span);
        FunctionCall? call = null;
        function.Add(number => call = new(task, number, clock.GetUtcNow(), invocation.TimeLimit, services, ended));
        var run = new FunctionRun(call!);
        var behavior = function.Current;
        if (behavior.Hangs)
        {
            run.Hangs();
        }

        _runs[call!.TaskId] = run;
        activity.Note();
        return (run, behavior);
    }

    private async Task<object?> RunAsync(FunctionRun run, TestFunction.Behavior behavior)
    {
        clock.Run = run;
        return await behavior.Code(run.Call);
    }

    private static InvocationResult Answer(Task<object?> code, FunctionCall call, string requestId)
    {
        if (code.IsCompletedSuccessfully)
        {
            return new InvocationResult.Succeeded(JsonSerializer.SerializeToUtf8Bytes(code.Result, s_web), LogOf(call), requestId);
        }

        var exception = code.Exception?.InnerException ?? new TaskCanceledException(code);
        var name = exception is FunctionErrorException error ? error.ErrorName : exception.GetType().Name;
        return new InvocationResult.FunctionFailed(
            ErrorText.Clean(name, ErrorText.NameLimit), ErrorText.Clean(exception.Message, ErrorText.MessageLimit), LogOf(call), requestId);
    }

    /// <summary>
    /// Lambda ends a managed function at its limit and reports it. Of any other function it is known only that no answer came in time.
    /// </summary>
    private static InvocationResult LateResult(TestFunction function, FunctionCall call, TimeSpan limit, string requestId)
    {
        var seconds = limit.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture);
        return function.Settings is null
            ? new InvocationResult.Unknown(
                TaskErrorNames.TimeLimitExceeded, $"The function gave no answer within {seconds} seconds.", requestId)
            : new InvocationResult.FunctionFailed(
                "Sandbox.Timedout", $"RequestId: {requestId} Error: Task timed out after {seconds} seconds", LogOf(call), requestId);
    }

    private static string? LogOf(FunctionCall call) => call.Lines is { Count: > 0 } lines ? string.Join('\n', lines) : null;
}
