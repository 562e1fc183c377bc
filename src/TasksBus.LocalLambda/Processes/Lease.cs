namespace TasksBus.LocalLambda.Processes;

/// <summary>The pool's answers to a request for a process.</summary>
internal enum LeaseOutcome
{
    /// <summary>The caller has a process.</summary>
    Leased,

    /// <summary>The function's own concurrency limit is reached.</summary>
    FunctionLimit,

    /// <summary>All processes that are allowed are busy, or the server stops.</summary>
    AllProcessesBusy,
}

/// <summary>A process that the caller holds until it releases it, or the reason why there is none.</summary>
internal readonly record struct Lease(LeaseOutcome Outcome, FunctionProcess? Process, bool IsNew)
{
    public static Lease Of(FunctionProcess process, bool isNew) => new(LeaseOutcome.Leased, process, isNew);

    public static Lease Refused(LeaseOutcome outcome) => new(outcome, null, false);
}
