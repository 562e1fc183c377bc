using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace TasksBus.Benchmarks;

/// <summary>
/// The peers alone: <c>-- peers --connection postgres://... [--broker amqp://...] [--jobs 20000] [--systems pg-boss,hangfire]
/// [--loads drain] [--limit 300]</c>.
/// </summary>
internal static class PeersCommand
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var options = new ConfigurationBuilder().AddCommandLine(arguments).Build();
        var (systems, loads) = (Chosen(options["systems"], Peers.Systems), Chosen(options["loads"], Peers.Loads));
        if (options["connection"] is not { } connection || systems.Length == 0 || loads.Length == 0)
        {
            Console.Error.WriteLine(
                "--connection of a PostgreSQL server is needed, such as postgres://postgres@127.0.0.1:5432/postgres; "
                    + $"--systems are {string.Join(", ", Peers.Systems)}; --loads are {string.Join(", ", Peers.Loads)}");
            return 2;
        }

        var peers = await Peers.PrepareAsync(connection, options["broker"]);
        PrintHead();
        foreach (var system in systems)
        {
            foreach (var load in loads)
            {
                Print(await peers.RunAsync(
                    system, load, options.GetValue("jobs", 20_000), TimeSpan.FromSeconds(options.GetValue("limit", 300))));
            }
        }

        return 0;
    }

    private static string[] Chosen(string? list, IReadOnlyList<string> all) => [.. list is null ? all : all.Intersect(list.Split(','))];

    public static void PrintHead() =>
        Console.WriteLine($"{"system",-16} {"version",-8} {"load",-10} {"jobs/s",9} {"enqueue/s",9} {"p50 ms",8} {"p99 ms",8}  settings");

    public static void Print(PeerResult result) => Console.WriteLine(
        $"{result.System,-16} {result.Version,-8} {result.Load,-10} "
        + $"{Number(result.PerSecond, "F0"),9} {Number(result.EnqueuePerSecond, "F0"),9} "
        + $"{Number(result.P50, "F1"),8} {Number(result.P99, "F1"),8}  {result.Settings ?? $"not available: {result.NotAvailable}"}");

    private static string? Number(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture);
}
