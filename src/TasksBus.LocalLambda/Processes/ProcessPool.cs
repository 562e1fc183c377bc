using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Knows which processes exist and which are idle. An invocation gets its function's most recently used idle process, or else a new one. At
/// the limit of processes it replaces another function's process that has been idle longest, or else it waits its turn. All bookkeeping is
/// under one lock, each step O(1). Processes are started outside the lock.
/// </summary>
internal sealed class ProcessPool : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PooledFunction> _functions = new(StringComparer.Ordinal);
    private readonly LinkedList<FunctionProcess> _idle = new(); // the longest idle first
    private readonly LinkedList<ProcessWaiter> _waiters = new();
    private readonly HashSet<FunctionProcess> _alive = [];
    private readonly Func<Function, ValueTask<FunctionProcess>> _start;
    private readonly LocalLambdaOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _reaper;
    private int _places; // taken by processes that are alive or about to be started
    private bool _stopped;

    public ProcessPool(Func<Function, ValueTask<FunctionProcess>> start, LocalLambdaOptions options, TimeProvider time)
    {
        _start = start;
        _options = options;
        _time = time;
        var period = TimeSpan.FromMilliseconds(Math.Clamp(options.IdleTimeout.TotalMilliseconds / 4, 50, 10_000));
        _reaper = time.CreateTimer(_ => EndIdle(), null, period, period);
    }

    /// <summary>Returns a process that the caller holds until it releases it, or the limit that was reached.</summary>
    public async ValueTask<Lease> AcquireAsync(Function function)
    {
        ProcessWaiter? waiter = null;
        lock (_lock)
        {
            if (_stopped)
            {
                return Lease.Refused(LeaseOutcome.AllProcessesBusy);
            }

            var state = StateOf(function);
            if (state.Busy >= function.Settings.Concurrency)
            {
                return Lease.Refused(LeaseOutcome.FunctionLimit);
            }

            state.Busy++;
            if (TakeIdle(state.Idle) is { } warm)
            {
                return Lease.Of(warm, isNew: false);
            }

            if (_places < _options.MaxProcesses)
            {
                _places++;
            }
            else if (_idle.First is { } longestIdle)
            {
                RemoveIdle(longestIdle.Value);
                End(longestIdle.Value);
                _places++;
            }
            else
            {
                waiter = new ProcessWaiter(function);
                _waiters.AddLast(waiter.Node);
            }
        }

        return waiter is null ? await StartNewAsync(function).ConfigureAwait(false) : await WaitAsync(waiter).ConfigureAwait(false);
    }

    /// <summary>Gives a process back. If <paramref name="reusable"/> is false, the process ends.</summary>
    public void Release(FunctionProcess process, bool reusable)
    {
        lock (_lock)
        {
            var state = _functions[process.Function.Name];
            state.Busy--;
            if (!reusable || _stopped || state.Current.Fingerprint != process.Function.Fingerprint || process.Exited.IsCompleted)
            {
                End(process);
                PassPlaceOn();
            }
            else if (_waiters.First is { } first)
            {
                _waiters.RemoveFirst();
                if (first.Value.Function.Fingerprint == process.Function.Fingerprint && first.Value.Function.Name == process.Function.Name)
                {
                    first.Value.Turn.SetResult(process);
                }
                else
                {
                    End(process);
                    _places++;
                    first.Value.Turn.SetResult(null);
                }
            }
            else
            {
                process.IdleSince = _time.GetTimestamp();
                _idle.AddLast(process.IdleNode);
                state.Idle.AddLast(process.IdleOfFunctionNode);
            }
        }
    }

    /// <summary>Ends the idle processes of a function that was changed or deleted.</summary>
    public void EndIdle(string functionName)
    {
        lock (_lock)
        {
            if (_functions.TryGetValue(functionName, out var state))
            {
                // A process that is running now ends when it is released.
                state.Current = state.Current with { Fingerprint = ~state.Current.Fingerprint };
                EndIdle(state);
            }
        }
    }

    /// <summary>Kills every process, including those that run functions, and waits until they are gone.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reaper.DisposeAsync().ConfigureAwait(false);
        FunctionProcess[] all;
        lock (_lock)
        {
            _stopped = true;
            all = [.. _alive];
            while (_idle.First is { } idle)
            {
                RemoveIdle(idle.Value);
                End(idle.Value);
            }
        }

        foreach (var process in all)
        {
            process.Kill();
        }

        await Task.WhenAll(all.Select(static process => process.Exited)).ConfigureAwait(false);
    }

    private async ValueTask<Lease> StartNewAsync(Function function)
    {
        FunctionProcess process;
        try
        {
            process = await _start(function).ConfigureAwait(false);
        }
        catch
        {
            lock (_lock)
            {
                _places--;
                _functions[function.Name].Busy--;
                PassPlaceOn();
            }

            throw;
        }

        lock (_lock)
        {
            _alive.Add(process);
            if (_stopped)
            {
                process.Kill();
            }
        }

        _ = ForgetWhenExitedAsync(process);
        return Lease.Of(process, isNew: true);
    }

    private async Task<Lease> WaitAsync(ProcessWaiter waiter)
    {
        try
        {
            await waiter.Turn.Task.WaitAsync(_options.CapacityWait, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            lock (_lock)
            {
                // Except when its turn came at this very moment.
                if (!waiter.Turn.Task.IsCompleted)
                {
                    _waiters.Remove(waiter.Node);
                    _functions[waiter.Function.Name].Busy--;
                    return Lease.Refused(LeaseOutcome.AllProcessesBusy);
                }
            }
        }

        var handed = await waiter.Turn.Task.ConfigureAwait(false);
        return handed is null ? await StartNewAsync(waiter.Function).ConfigureAwait(false) : Lease.Of(handed, isNew: false);
    }

    private PooledFunction StateOf(Function function)
    {
        if (!_functions.TryGetValue(function.Name, out var state))
        {
            _functions[function.Name] = state = new PooledFunction(function);
        }
        else if (state.Current.Fingerprint != function.Fingerprint)
        {
            state.Current = function;
            EndIdle(state);
        }

        return state;
    }

    private void EndIdle(PooledFunction state)
    {
        while (state.Idle.First is { } idle)
        {
            RemoveIdle(idle.Value);
            End(idle.Value);
        }
    }

    private FunctionProcess? TakeIdle(LinkedList<FunctionProcess> idle)
    {
        while (idle.Last is { } last)
        {
            RemoveIdle(last.Value);
            if (!last.Value.Exited.IsCompleted)
            {
                return last.Value;
            }

            End(last.Value);
        }

        return null;
    }

    private void RemoveIdle(FunctionProcess process)
    {
        _idle.Remove(process.IdleNode);
        _functions[process.Function.Name].Idle.Remove(process.IdleOfFunctionNode);
    }

    /// <summary>The place is free at once, because the kernel ends a killed process within moments.</summary>
    private void End(FunctionProcess process)
    {
        _ = process.DisposeAsync().AsTask();
        _places--;
    }

    private void PassPlaceOn()
    {
        if (_places < _options.MaxProcesses && _waiters.First is { } first)
        {
            _waiters.RemoveFirst();
            _places++;
            first.Value.Turn.SetResult(null);
        }
    }

    private void EndIdle()
    {
        lock (_lock)
        {
            while (_idle.First is { } oldest && _time.GetElapsedTime(oldest.Value.IdleSince) >= _options.IdleTimeout)
            {
                RemoveIdle(oldest.Value);
                End(oldest.Value);
            }
        }
    }

    private async Task ForgetWhenExitedAsync(FunctionProcess process)
    {
        await process.Exited.ConfigureAwait(false);
        lock (_lock)
        {
            _alive.Remove(process);
            if (process.IdleNode.List is not null)
            {
                RemoveIdle(process); // it ended while idle, of its own accord
                End(process);
                PassPlaceOn();
            }
        }
    }
}
