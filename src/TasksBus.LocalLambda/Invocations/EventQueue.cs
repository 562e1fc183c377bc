using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Http;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>
/// Invocations of type Event. They are answered at once and run when there is room. They are kept in memory only, run once, and are not
/// retried when the function fails.
/// </summary>
internal sealed class EventQueue(
    FunctionCatalog catalog, Invoker invoker, LocalLambdaOptions options, TimeProvider time, ILogger logger) : IDisposable
{
    private static readonly TimeSpan PatienceLimit = TimeSpan.FromMinutes(15); // the longest that a function may run
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private int _pending;

    /// <summary>Adds an event. Returns false when too many are pending.</summary>
    /// <param name="name">The function's name. The event runs with the version that the function has when it runs.</param>
    /// <param name="invocation">The invocation with its event.</param>
    /// <param name="memory">The memory that holds the event. It is disposed when it is no longer needed.</param>
    public bool TryAdd(string name, Invocation invocation, IDisposable memory)
    {
        if (Interlocked.Increment(ref _pending) > options.MaxPendingEvents)
        {
            Interlocked.Decrement(ref _pending);
            return false;
        }

        _ = RunAsync(name, invocation, memory);
        return true;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task RunAsync(string name, Invocation invocation, IDisposable memory)
    {
        var stop = _stop.Token;
        var startedAt = time.GetTimestamp();
        try
        {
            await Task.Yield();
            for (var pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
            {
                if (catalog.Find(name) is not { } function)
                {
                    LocalLambdaLog.EventOfNoFunction(logger, name, invocation.RequestId);
                    return;
                }

                using var result = await invoker.InvokeAsync(function, invocation).ConfigureAwait(false);
                if (result?.Outcome is InvocationOutcome.Succeeded or InvocationOutcome.FunctionFailed)
                {
                    return;
                }

                if (time.GetElapsedTime(startedAt) > PatienceLimit)
                {
                    LocalLambdaLog.EventDropped(logger, name, invocation.RequestId, PatienceLimit);
                    return;
                }

                await Task.Delay(pause, time, stop).ConfigureAwait(false);
            }
        }
        catch (LambdaException exception)
        {
            // The function was replaced by one that is not active yet.
            LocalLambdaLog.EventRefused(logger, name, invocation.RequestId, Printable.Of(exception.Message));
        }
        catch (OperationCanceledException)
        {
            // The server stops. Events in memory are lost.
        }
#pragma warning disable CA1031 // Nobody waits for the outcome: the log is the only place for it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            LocalLambdaLog.ServerFailed(logger, name, invocation.RequestId, exception);
        }
        finally
        {
            Interlocked.Decrement(ref _pending);
            memory.Dispose();
        }
    }
}
