using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using TasksBus.Telemetry;

namespace TasksBus.Benchmarks;

/// <summary>
/// What telemetry costs: the engine in process with each kind of it, in turns with the engine without any, so that what changes on the
/// machine meanwhile changes both.
/// </summary>
internal static class TelemetryBenchmark
{
    /// <summary>The word on the command line.</summary>
    public const string Word = "telemetry";

    private const int Rounds = 9;

    private static readonly Kind[] s_kinds =
    [
        new("none", static (_, run) => run(null)),
        new("counts for the plots of the dashboard", static async (services, run) =>
        {
            var counts = services.GetRequiredService<RecentCounts>();
            counts.IsKept = true;
            await run(null);
            counts.IsKept = false;
        }),
        new("metrics, exported each second", static async (_, run) =>
        {
            using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter(TaskMetrics.MeterName)
                .AddReader(new PeriodicExportingMetricReader(new Nowhere<Metric>(), exportIntervalMilliseconds: 1_000)).Build();
            await run(null);
        }),
        new("spans recorded, one task of 20 traced", static (_, run) => TracedAsync(run, oneOf: 20)),
        new("spans recorded, each task traced", static (_, run) => TracedAsync(run, oneOf: 1)),
    ];

    public static async Task RunAsync(int tasks)
    {
        Console.WriteLine(
            $"{Environment.NewLine}Telemetry: the engine in process, batches of 1,000, {Rounds} rounds of {tasks} tasks of each kind in "
            + "turns; medians, and what each adds to none in the same round.");
        using var folder = new TemporaryFolder();
        await using var engine = await EmbeddedEngine.StartAsync(folder);
        engine.Services.GetRequiredService<RecentCounts>().IsKept = false;
        await engine.RunInBatchesAsync(2 * tasks);

        var measured = s_kinds.ToDictionary(static kind => kind, static _ => new List<Cost>());
        for (var round = 0; round < Rounds; round++)
        {
            // Each kind is first, second, ... equally often.
            foreach (var kind in s_kinds.Skip(round % s_kinds.Length).Concat(s_kinds.Take(round % s_kinds.Length)))
            {
                await kind.RunAsync(engine.Services, async each =>
                {
                    var (cpu, bytes, watch) = (Environment.CpuUsage.TotalTime, GC.GetTotalAllocatedBytes(), Stopwatch.StartNew());
                    await engine.RunInBatchesAsync(tasks, each);
                    measured[kind].Add(new(
                        tasks / watch.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / tasks,
                        (GC.GetTotalAllocatedBytes() - bytes) / (double)tasks));
                });
            }
        }

        var none = measured[s_kinds[0]];
        foreach (var kind in s_kinds)
        {
            var costs = measured[kind];
            Console.WriteLine(
                $"  {kind.Name,-42} {Median(costs.Select(static cost => cost.Rate)),8:F0}/s  "
                + $"{Median(costs.Zip(none, static (with, without) => with.Rate / without.Rate)),5:F2} x  "
                + $"{Median(costs.Select(static cost => cost.Cpu)),6:F1} us CPU each, "
                + $"{Median(costs.Zip(none, static (with, without) => with.Cpu - without.Cpu)),+5:+0.0;-0.0;0.0} us; "
                + $"{Median(costs.Zip(none, static (with, without) => with.Bytes - without.Bytes)),+6:+0;-0;0} bytes allocated");
        }
    }

    /// <summary>Runs with spans that are recorded, as if one batch of so many belonged to a trace of its publisher.</summary>
    private static async Task TracedAsync(Func<Func<int, Func<Task>, Task>?, Task> run, int oneOf)
    {
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource(TaskTraces.SourceName)
            .AddProcessor(new BatchActivityExportProcessor(new Nowhere<Activity>())).Build();
        await run(async (batch, scheduleAsync) =>
        {
            using var publisher = batch % oneOf != 0 ? null
                : new Activity("publisher") { ActivityTraceFlags = ActivityTraceFlags.Recorded };
            publisher?.Start();
            await scheduleAsync();
        });
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private sealed record Cost(double Rate, double Cpu, double Bytes);

    /// <param name="RunAsync">Calls what measures a run, within this kind of telemetry, with what is done around each batch.</param>
    private sealed record Kind(string Name, Func<IServiceProvider, Func<Func<int, Func<Task>, Task>?, Task>, Task> RunAsync);

    /// <summary>Takes everything, and keeps nothing.</summary>
    private sealed class Nowhere<T> : BaseExporter<T>
        where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
