using TasksBus.Functions;

namespace TasksBus.Lambda;

/// <summary>
/// Decides whether a function may be invoked now. A function that was throttled several times in a row is left alone for a while, and then
/// tried by a single invocation. If a limit is set, only so many invocations of one function may be in flight. An invocation that is turned
/// away was not sent. It is told when to come back; these times are spread, so that not all come at once.
/// </summary>
/// <param name="maxConcurrency">How many invocations of one function may be in flight. Null means any number.</param>
/// <param name="time">The clock of all waits. Only elapsed time counts, because the time of day may leap.</param>
internal sealed class FunctionGates(int? maxConcurrency, TimeProvider time)
{
    /// <summary>This many throttled answers in a row close a function's gate.</summary>
    public const int ThrottlesToClose = 5;

    /// <summary>
    /// How many gates of functions without invocations are kept. When there are this many and another function comes, those that are not
    /// closed are forgotten, or all of them if all are closed.
    /// </summary>
    public const int Remembered = 1_000;

    private readonly Lock _lock = new();
    private readonly long _begunAt = time.GetTimestamp();
    private readonly Dictionary<string, FunctionGate> _gates = [];

    /// <summary>How many functions have a gate.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _gates.Count;
            }
        }
    }

    private TimeSpan Now => time.GetElapsedTime(_begunAt);

    /// <summary>Asks to invoke a function.</summary>
    /// <param name="function">The key from <see cref="Contracts.FunctionName.KeyFor"/>.</param>
    /// <param name="pass">If the function may be invoked, the caller must give this back with <see cref="Leave"/>.</param>
    /// <returns>Null if the function may be invoked. Otherwise what to tell the task.</returns>
    public InvocationResult.NotRunYet? TryEnter(string function, out Pass pass)
    {
        lock (_lock)
        {
            if (!_gates.TryGetValue(function, out var gate))
            {
                ForgetSome();
                _gates[function] = gate = new(function, maxConcurrency);
            }

            var refusal = gate.TryEnter(Now, out var isTrial);
            pass = new(gate, isTrial);
            return refusal;
        }
    }

    /// <param name="pass">The pass from <see cref="TryEnter"/>.</param>
    /// <param name="result">How the invocation ended. Null if its caller gave it up.</param>
    public void Leave(Pass pass, InvocationResult? result)
    {
        lock (_lock)
        {
            pass.Gate.Leave(Now, pass.IsTrial, result);
            if (pass.Gate.IsFresh)
            {
                _gates.Remove(pass.Gate.Function);
            }
        }
    }

    private void ForgetSome()
    {
        if (_gates.Count < Remembered)
        {
            return;
        }

        var idle = _gates.Values.Where(static gate => gate.InFlight == 0).ToList();
        if (idle.Count < Remembered)
        {
            return;
        }

        var now = Now;
        var over = idle.Where(gate => gate.ClosedUntil <= now).ToList();
        foreach (var gate in over.Count > 0 ? over : idle)
        {
            _gates.Remove(gate.Function);
        }
    }

    internal readonly record struct Pass(FunctionGate Gate, bool IsTrial);
}
