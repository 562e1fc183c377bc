using System.Collections.Concurrent;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Functions;

namespace TasksBus.Tests;

/// <summary>The outside edge: functions whose answers a test writes. A function without an answer succeeds.</summary>
internal sealed class ScriptedInvoker : IFunctionInvoker
{
    public static readonly InvocationResult Success = new InvocationResult.Succeeded("null"u8.ToArray(), null, null);

    private readonly ConcurrentDictionary<string, Func<Invoked, CancellationToken, Task<InvocationResult>>> _scripts = [];
    private readonly ConcurrentQueue<Invoked> _invocations = [];

    /// <summary>The invocations, in order.</summary>
    public IReadOnlyCollection<Invoked> Invocations => _invocations;

    public void On(string function, Func<Invoked, CancellationToken, Task<InvocationResult>> answer) => _scripts[function] = answer;

    public void On(string function, Func<Invoked, InvocationResult> answer) =>
        On(function, (invoked, _) => Task.FromResult(answer(invoked)));

    /// <summary>The function answers when the test says so, and ignores its cancellation token.</summary>
    public TaskCompletionSource<InvocationResult> Hold(string function)
    {
        var answer = new TaskCompletionSource<InvocationResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        On(function, (_, _) => answer.Task);
        return answer;
    }

    public int CountOf(string function) => _invocations.Count(invoked => invoked.FunctionName == function);

    public int CountOf(TaskId id) => _invocations.Count(invoked => invoked.Id == id);

    public Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
    {
        var task = JsonElement.Parse(invocation.Payload.Span);
        var invoked = new Invoked(
            invocation.FunctionName, task.TryGetProperty("id", out var id) ? TaskId.Parse(id.GetString()!) : default, task,
            TimeProvider.System.GetUtcNow(), invocation.MaySend);
        _invocations.Enqueue(invoked);
        return _scripts.TryGetValue(invocation.FunctionName, out var script)
            ? script(invoked, cancellationToken)
            : Task.FromResult(Success);
    }
}

/// <param name="Id">The id of the task; none for a request.</param>
/// <param name="Event">What the function was given.</param>
/// <param name="MaySend">What the invoker asks just before it sends the invocation.</param>
internal sealed record Invoked(string FunctionName, TaskId Id, JsonElement Event, DateTimeOffset At, Func<bool> MaySend);
