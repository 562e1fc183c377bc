namespace TasksBus.Benchmarks;

/// <summary>What the other job systems did in this run, for comparison.</summary>
internal sealed class Baselines
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);

    private readonly List<PeerResult> _results = [];

    /// <summary>All systems that were measured, by p50.</summary>
    public string Latencies
    {
        get
        {
            var measured = _results.Where(static result => result.P50 is not null)
                .Select(static result => $"{result.System} {result.P50:F1}");
            return _results.Count == 0 ? "" : $"(p50 of {string.Join(", ", measured)})";
        }
    }

    public static async Task<Baselines> MeasureAsync(ClusterServers servers, int tasks, IReadOnlyList<string> systems)
    {
        Baselines baselines = new();
        if (systems.Count == 0)
        {
            return baselines;
        }

        var peers = await Peers.PrepareAsync(servers.Database, servers.Broker);
        PeersCommand.PrintHead();
        foreach (var load in Peers.Loads)
        {
            foreach (var system in systems)
            {
                var jobs = Peers.IsSlow(system) ? tasks / 10 : load is "bulk" or "drain" ? 5 * tasks : tasks;
                var result = await peers.RunAsync(system, load, jobs, s_limit);
                PeersCommand.Print(result);
                baselines._results.Add(result);
            }
        }

        return baselines;
    }

    /// <summary>The rate as a multiple of each system's.</summary>
    public string Compare(string load, double rate) => string.Join(", ", _results
        .Where(result => result.Load == load && result.PerSecond is not null)
        .OrderByDescending(static result => result.PerSecond)
        .Select(result => $"{rate / result.PerSecond:F2} x {result.System}"));
}
