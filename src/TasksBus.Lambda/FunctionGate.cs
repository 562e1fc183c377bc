using TasksBus.Functions;

namespace TasksBus.Lambda;

/// <summary>The gate of one function. <see cref="FunctionGates"/> ensures that one caller at a time uses it.</summary>
internal sealed class FunctionGate(string function, int? maxConcurrency)
{
    /// <summary>How long a gate stays closed at first. The time doubles with each trial that is throttled too.</summary>
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    /// <summary>The longest Retry-After of an answer that is respected.</summary>
    private static readonly TimeSpan s_longestAsked = TimeSpan.FromMinutes(1);

    /// <summary>Lambda throttles at once, so a trial that has run this long was admitted.</summary>
    private static readonly TimeSpan s_trialTime = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_busyWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_spreadForEach = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_longestSpread = TimeSpan.FromSeconds(30);

    private InvocationResult.NotRunYet? _lastThrottle;
    private int _throttles;
    private int _pauses;
    private int _turnedAway;
    private TimeSpan? _trialSince;

    public string Function => function;

    public int InFlight { get; private set; }

    /// <summary>
    /// The time until which nobody may ask, by the clock of <see cref="FunctionGates"/>. It is in the past when the gate is open or waits
    /// for a trial.
    /// </summary>
    public TimeSpan ClosedUntil { get; private set; }

    /// <summary>True when there is nothing to remember.</summary>
    public bool IsFresh => InFlight == 0 && _throttles == 0;

    private bool IsTripped => _throttles >= FunctionGates.ThrottlesToClose;

    public InvocationResult.NotRunYet? TryEnter(TimeSpan now, out bool isTrial)
    {
        isTrial = false;
        if (_trialSince is { } since && now - since >= s_trialTime)
        {
            Open();
        }

        if (IsTripped && (now < ClosedUntil || _trialSince is not null))
        {
            var remaining = now < ClosedUntil ? ClosedUntil - now : s_trialTime;
            return new(
                _lastThrottle!.Name,
                $"Lambda put off '{function}' {_throttles} times in a row, so it is left alone for a while. It said last: "
                    + _lastThrottle.Message,
                remaining + Spread());
        }

        if (InFlight >= maxConcurrency)
        {
            return new(
                "FunctionBusy", $"This worker runs '{function}' {InFlight} times already, as many as MaxConcurrencyPerFunction allows.",
                s_busyWait + Spread());
        }

        if (IsTripped)
        {
            (isTrial, _trialSince) = (true, now);
        }

        InFlight++;
        return null;
    }

    public void Leave(TimeSpan now, bool isTrial, InvocationResult? result)
    {
        InFlight--;
        if (LambdaErrors.AsksToWait(result))
        {
            Throttled(now, isTrial, (InvocationResult.NotRunYet)result!);
        }
        else if (result is null or InvocationResult.NotRunYet)
        {
            // The trial did not reach the function, so another invocation may try.
            _trialSince = isTrial ? null : _trialSince;
        }
        else
        {
            // The function answered. This counts also for an invocation from before the gate closed: one that ends makes room for another.
            Open();
        }
    }

    private void Throttled(TimeSpan now, bool isTrial, InvocationResult.NotRunYet throttle)
    {
        _lastThrottle = throttle;
        _throttles++;
        if (isTrial)
        {
            _trialSince = null;
        }

        // Invocations that were on their way when the gate closed bring no new information.
        if (_throttles == FunctionGates.ThrottlesToClose || isTrial)
        {
            var pause = Jittered(Min(s_firstPause * Math.Pow(2, Math.Min(_pauses++, 10)), s_longestPause));
            var asked = Min(throttle.RetryAfter ?? TimeSpan.Zero, s_longestAsked);
            ClosedUntil = now + (asked > pause ? asked : pause);
            _turnedAway = 0;
        }
    }

    private void Open()
    {
        (_throttles, _pauses, _turnedAway, _trialSince, _lastThrottle) = (0, 0, 0, null, null);
        ClosedUntil = TimeSpan.Zero;
    }

    /// <summary>The more invocations are turned away, the longer the time over which they come back.</summary>
    private TimeSpan Spread() => Min(s_spreadForEach * ++_turnedAway, s_longestSpread) * Random.Shared.NextDouble();

    private static TimeSpan Jittered(TimeSpan pause) => pause * (0.5 + (Random.Shared.NextDouble() / 2));

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
