namespace TasksBus.LocalLambda.Processes;

/// <summary>What the pool has to say to a request for a process.</summary>
internal enum LeaseOutcome
{
    /// <summary>Here it is.</summary>
    Leased,

    /// <summary>The function's own concurrency is used up.</summary>
    FunctionLimit,

    /// <summary>All processes that there may be are busy, or the server stops.</summary>
    AllProcessesBusy,
}

/// <summary>A process that is the caller's until it is released, or the reason why there is none.</summary>
internal readonly record struct Lease(LeaseOutcome Outcome, FunctionProcess? Process, bool IsNew)
{
    public static Lease Of(FunctionProcess process, bool isNew) => new(LeaseOutcome.Leased, process, isNew);

    public static Lease Refused(LeaseOutcome outcome) => new(outcome, null, false);
}
