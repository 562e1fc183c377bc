using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.Worker.Logs;

namespace TasksBus.Worker.Functions;

/// <summary>Runs the functions of this process: each in a scope of its own, within its time limit, with a log.</summary>
internal sealed class OwnInvoker(TaskFunctions functions, IServiceScopeFactory scopes, TimeProvider clock, ILogger<OwnInvoker> logger)
    : IFunctionInvoker, IDisposable
{
    /// <summary>The name of the error of a function that the end of its worker ended.</summary>
    public const string WorkerStopped = "WorkerStopped";

    /// <summary>How long a function may take to end once its token is canceled. Then its task ends without it.</summary>
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource _stopping = new();

    public IReadOnlyList<string>? Functions { get; } = functions.Names;

    /// <summary>The grace, and two seconds for a busy machine.</summary>
    public TimeSpan Margin => s_grace + TimeSpan.FromSeconds(2);

    public bool Interrupt()
    {
        // What functions do at their cancellation is not ours to wait for.
        _ = _stopping.CancelAsync();
        return true;
    }

    public async Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
    {
        if (functions.Find(invocation.FunctionName) is not { } function)
        {
            // Its worker claims no such task.
            return new InvocationResult.NotRunYet(
                "FunctionNotHere", $"This worker has no function '{invocation.FunctionName}'; its task waits for one that has.");
        }

        if (!invocation.MaySend())
        {
            return new InvocationResult.NotRunYet("Withheld", "The function could not begin in time, so it did not begin.");
        }

        // The code may go on after the answer, so the run disposes of itself when the code has ended.
        var run = new Run(this, invocation);
        var code = Task.Run(() => run.RunAsync(function), CancellationToken.None);
        await Task.WhenAny(code, run.Canceled);
        if (!code.IsCompleted)
        {
            await Task.WhenAny(code, Task.Delay(s_grace, clock, CancellationToken.None));
        }

        if (code.IsCompleted)
        {
            return run.Answer(code);
        }

        invocation.GoesOn(code);
        return run.GivenUp();
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>One run of a function.</summary>
    private sealed class Run : IDisposable
    {
        private readonly OwnInvoker _invoker;
        private readonly FunctionInvocation _invocation;
        private readonly CancellationTokenSource _ending = new();
        private readonly ITimer _late;
        private readonly CancellationTokenRegistration _stopped;
        private readonly TaskCompletionSource _canceled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly LogTail _tail = new();
        private readonly RunLog _log;

        public Run(OwnInvoker invoker, FunctionInvocation invocation)
        {
            (_invoker, _invocation) = (invoker, invocation);
            _log = new(_tail.Add, invoker.Clock);
            _ending.Token.Register(static canceled => ((TaskCompletionSource)canceled!).TrySetResult(), _canceled);
            _late = invoker.Clock.CreateTimer(
                static run => _ = ((Run)run!).EndAsync(), this, invocation.TimeLimit, Timeout.InfiniteTimeSpan);
            _stopped = invoker._stopping.Token.Register(static run => _ = ((Run)run!).EndAsync(), this);
        }

        /// <summary>Completes when the function's token is canceled.</summary>
        public Task Canceled => _canceled.Task;

        public async Task<byte[]> RunAsync(OwnFunction function)
        {
            _log.Begin();
            try
            {
                await using var scope = _invoker.Scopes.CreateAsyncScope();
                TaskContext task = new(JsonElement.Parse(_invocation.Payload.Span), scope.ServiceProvider, _invocation.TimeLimit);
                return await function.Run(task, _ending.Token);
            }
            catch (Exception exception) when (!(exception is OperationCanceledException && _ending.IsCancellationRequested))
            {
                // The trace belongs into the task's log, as Lambda's runtimes write it, and into that of the application.
                WorkerLog.FunctionFailed(_invoker.Logger, function.Name, exception);
                throw;
            }
            finally
            {
                _log.End();
                Dispose();
            }
        }

        public void Dispose()
        {
            _late.Dispose();
            _stopped.Dispose();
            _ending.Dispose();
        }

        /// <summary>
        /// Cancels the function's token. What the function has registered there may throw. On a timer of the runtime that would end the
        /// process.
        /// </summary>
        private async Task EndAsync()
        {
            try
            {
                await _ending.CancelAsync();
            }
            catch (ObjectDisposedException)
            {
                // The function has ended at this very moment.
            }
            catch (Exception exception)
            {
                WorkerLog.CancellationFailed(_invoker.Logger, _invocation.FunctionName, exception);
            }
        }

        public InvocationResult Answer(Task<byte[]> code)
        {
            if (code.IsCompletedSuccessfully)
            {
                return new InvocationResult.Succeeded(code.Result, _tail.Text(), null);
            }

            var exception = code.Exception?.InnerException ?? new TaskCanceledException(code);
            var (name, message) = exception switch
            {
                OperationCanceledException when Canceled.IsCompleted => Ended("ended"),
                FunctionErrorException error => (error.ErrorName, error.Message),
                _ => (exception.GetType().Name, exception.Message),
            };
            return new InvocationResult.FunctionFailed(
                ErrorText.Clean(name, ErrorText.NameLimit), ErrorText.Clean(message, ErrorText.MessageLimit), _tail.Text(), null);
        }

        /// <summary>The function goes on, and nobody knows how it will end.</summary>
        public InvocationResult.Unknown GivenUp()
        {
            var (name, message) = Ended("goes on, because it does not observe its CancellationToken");
            return new(name, message, Log: _tail.Text());
        }

        private (string Name, string Message) Ended(string how) => _invoker._stopping.IsCancellationRequested
            ? (WorkerStopped, $"The worker stopped before the function had returned. The function {how}.")
            : (TaskErrorNames.TimeLimitExceeded, string.Create(
                CultureInfo.InvariantCulture,
                $"The function did not return within {_invocation.TimeLimit.TotalSeconds:0.##} seconds. It was canceled and {how}."));
    }

    private TimeProvider Clock => clock;

    private IServiceScopeFactory Scopes => scopes;

    private ILogger Logger => logger;
}
