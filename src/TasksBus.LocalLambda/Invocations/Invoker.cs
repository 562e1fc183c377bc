using System.Globalization;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>Runs one invocation, from the search for a process to the last line of its log.</summary>
internal sealed class Invoker(ProcessPool pool, LocalLambdaOptions options, TimeProvider time)
{
    /// <summary>
    /// Returns null when the function's code is out of date or deleted by now. The caller must look the function up again.
    /// </summary>
    public async ValueTask<InvocationReply?> InvokeAsync(Function function, Invocation invocation)
    {
        if (function.Code is not { } code)
        {
            return await RunAsync(function, invocation).ConfigureAwait(false);
        }

        if (!await code.TryHoldAsync().ConfigureAwait(false))
        {
            return null;
        }

        try
        {
            return await RunAsync(function, invocation).ConfigureAwait(false);
        }
        finally
        {
            code.Release();
        }
    }

    private async ValueTask<InvocationReply> RunAsync(Function function, Invocation invocation)
    {
        if (function.SettingsError is { } settingsError)
        {
            invocation.Log.AppendFrame(settingsError);
            return new InvocationReply(InvocationOutcome.FunctionFailed, FunctionError.BadSettings(settingsError));
        }

        var lease = await pool.AcquireAsync(function).ConfigureAwait(false);
        if (lease.Process is not { } process)
        {
            return new InvocationReply(
                lease.Outcome == LeaseOutcome.FunctionLimit ? InvocationOutcome.FunctionThrottled : InvocationOutcome.ServerThrottled,
                payload: default);
        }

        var reusable = false;
        try
        {
            var initDuration = TimeSpan.Zero;
            if (lease.IsNew)
            {
                var startedAt = time.GetTimestamp();
                using var init = await process.InitialiseAsync(invocation.Log, options.InitTimeout).ConfigureAwait(false);
                initDuration = time.GetElapsedTime(startedAt);
                if (init.Kind != MessageKind.Ready)
                {
                    return await NotLoadedAsync(process, init, invocation).ConfigureAwait(false);
                }
            }

            var message = await RunAsync(process, invocation, initDuration).ConfigureAwait(false);
            reusable = message.Kind is MessageKind.Result or MessageKind.Failed && !process.HasLeftProcesses(); // they end with it
            return message.Kind switch
            {
                MessageKind.Result => new InvocationReply(InvocationOutcome.Succeeded, message.Body, message),
                MessageKind.Ended => await EndedAsync(process, invocation, function.Settings.Timeout).ConfigureAwait(false),
                _ => new InvocationReply(InvocationOutcome.FunctionFailed, message.Body, message),
            };
        }
        finally
        {
            pool.Release(process, reusable);
        }
    }

    private async ValueTask<Message> RunAsync(FunctionProcess process, Invocation invocation, TimeSpan initDuration)
    {
        var log = invocation.Log;
        if (log.WantsFrame)
        {
            log.AppendFrame($"START RequestId: {invocation.RequestId} Version: {LocalFunctionName.Latest}");
        }

        var startedAt = time.GetTimestamp();
        var message = await process.InvokeAsync(invocation).ConfigureAwait(false);
        var duration = time.GetElapsedTime(startedAt);
        if (log.WantsFrame)
        {
            if (message.Kind == MessageKind.Ended)
            {
                await process.ExitAsync().ConfigureAwait(false); // its last words first
            }
            else
            {
                await log.WaitForEndAsync().ConfigureAwait(false);
            }

            log.AppendFrame($"END RequestId: {invocation.RequestId}");
            log.AppendFrame(Report(invocation.RequestId, duration, process.Function.Settings.MemoryMb, message.PeakMemoryKb, initDuration));
        }

        return message;
    }

    private async Task<InvocationReply> NotLoadedAsync(FunctionProcess process, Message init, Invocation invocation)
    {
        if (init.Kind != MessageKind.InitFailed)
        {
            return await EndedAsync(process, invocation, options.InitTimeout).ConfigureAwait(false);
        }

        process.Kill();
        await process.ExitAsync().ConfigureAwait(false);
        return new InvocationReply(InvocationOutcome.FunctionFailed, init.Body.ToArray());
    }

    private async Task<InvocationReply> EndedAsync(FunctionProcess process, Invocation invocation, TimeSpan limit)
    {
        var exitCode = await process.ExitAsync().ConfigureAwait(false);
        var now = time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        var id = invocation.RequestId;
        if (process.TimedOut)
        {
            invocation.Log.AppendFrame($"{now} {id} {FunctionError.TimedOutText(limit)}");
            return new InvocationReply(InvocationOutcome.FunctionFailed, FunctionError.TimedOut(id, limit));
        }

        if (process.Function.Settings.Kind == RuntimeKind.Provided && FunctionError.EntrypointText(exitCode) is { } problem)
        {
            invocation.Log.AppendFrame($"RequestId: {id} Error: {problem}");
            return new InvocationReply(InvocationOutcome.FunctionFailed, FunctionError.InvalidEntrypoint(id, problem));
        }

        invocation.Log.AppendFrame($"RequestId: {id} Error: {FunctionError.ExitedText(exitCode)}");
        if (process.OutOfMemory)
        {
            return new InvocationReply(InvocationOutcome.FunctionFailed, FunctionError.OutOfMemory(id, exitCode));
        }

        return new InvocationReply(InvocationOutcome.FunctionFailed, FunctionError.Exited(id, exitCode));
    }

    private static string Report(string requestId, TimeSpan duration, int memoryMb, int peakMemoryKb, TimeSpan initDuration)
    {
        var report = string.Create(
            CultureInfo.InvariantCulture,
            $"REPORT RequestId: {requestId}\tDuration: {duration.TotalMilliseconds:F2} ms\tBilled Duration: "
                + $"{Math.Ceiling(duration.TotalMilliseconds):F0} ms\tMemory Size: {memoryMb} MB\tMax Memory Used: "
                + $"{peakMemoryKb / 1024} MB");
        return initDuration == TimeSpan.Zero
            ? report
            : string.Create(CultureInfo.InvariantCulture, $"{report}\tInit Duration: {initDuration.TotalMilliseconds:F2} ms");
    }
}
