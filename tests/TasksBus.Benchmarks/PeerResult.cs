namespace TasksBus.Benchmarks;

/// <summary>
/// What another job system did with one load. A value that the load does not measure is null, and all are null when
/// <see cref="NotAvailable"/> has a reason.
/// </summary>
internal sealed record PeerResult(string System, string Load)
{
    public string? Version { get; init; }

    /// <summary>Jobs a second, from the first enqueue (drain: the workers' start) to the completion of the last job.</summary>
    public double? PerSecond { get; init; }

    /// <summary>Jobs a second while producers were at work.</summary>
    public double? EnqueuePerSecond { get; init; }

    /// <summary>Milliseconds from the start of the enqueue call to the start of the job, in an idle system.</summary>
    public double? P50 { get; init; }

    public double? P99 { get; init; }

    /// <summary>The fastest sane ones for this load.</summary>
    public string? Settings { get; init; }

    /// <summary>Why there are no figures.</summary>
    public string? NotAvailable { get; init; }
}
