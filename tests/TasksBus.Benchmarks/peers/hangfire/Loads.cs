using System.Diagnostics;
using Hangfire;
using Hangfire.PostgreSql;

namespace TasksBus.Benchmarks.Hangfire;

/// <summary>
/// The loads of ../harness/loads.mjs. Producers and workers share a process, as they do in most uses of Hangfire: an enqueue wakes a worker
/// at once, and threads use all cores anyway.
/// </summary>
internal sealed class Loads
{
    private const int LatencyWarmUp = 10;
    private const int LatencySamples = 200;

    /// <summary>
    /// A job takes several short transactions, so many workers share each write to the disk. More than 20 workers do not raise the rate.
    /// </summary>
    private const int Workers = 20;

    /// <summary>How soon a worker that missed a signal looks again.</summary>
    private static readonly TimeSpan s_pollInterval = TimeSpan.FromSeconds(1);

    private readonly Arguments _arguments;
    private readonly FreshDatabase _database;
    private readonly PostgreSqlStorage _storage;
    private readonly BackgroundJobClient _client;

    public Loads(Arguments arguments, FreshDatabase database)
    {
        (_arguments, _database) = (arguments, database);
        GlobalConfiguration.Configuration
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings()
            .UsePostgreSqlStorage(
                options => options.UseNpgsqlConnection(database.ConnectionString), new() { QueuePollInterval = s_pollInterval });
        _storage = (PostgreSqlStorage)JobStorage.Current;
        _client = new(_storage);
    }

    public static string Settings { get; } =
        $"{Workers} workers, QueuePollInterval {s_pollInterval.TotalSeconds} s, default filters; workers in the producers' process";

    private int WarmUp => (_arguments.Jobs + 3) / 4;

    public Task<Result> RunAsync() => _arguments.Load switch
    {
        "one-by-one" => OneByOneAsync(),
        "drain" => DrainAsync(),
        _ => LatencyAsync(),
    };

    private async Task<Result> OneByOneAsync()
    {
        using var server = StartServer();
        await ToCompletionAsync(WarmUp);
        return await ToCompletionAsync(_arguments.Jobs);
    }

    private async Task<Result> DrainAsync()
    {
        using (StartServer())
        {
            await ToCompletionAsync(WarmUp);
        }

        Enqueue(_arguments.Jobs);
        _database.Tidy();
        var lastStart = NoOp.Expect(_arguments.Jobs);
        var watch = Stopwatch.StartNew();
        using var server = StartServer();
        await UntilCompleteAsync(lastStart);
        return Rate(_arguments.Jobs, watch.Elapsed);
    }

    private async Task<Result> LatencyAsync()
    {
        using var server = StartServer();
        List<double> milliseconds = [];
        for (var i = -LatencyWarmUp; i < LatencySamples; i++)
        {
            // This keeps the jobs out of step with anything that polls at an even interval.
            await Task.Delay(Random.Shared.Next(50, 150));
            var start = NoOp.Expect(1);
            var begin = Stopwatch.GetTimestamp();
            _client.Enqueue(() => NoOp.Run());
            var sample = Stopwatch.GetElapsedTime(begin, await start);
            if (i >= 0)
            {
                milliseconds.Add(sample.TotalMilliseconds);
            }
        }

        milliseconds.Sort();
        return new(_arguments.Load) { Jobs = LatencySamples, P50 = Percentile(milliseconds, 50), P99 = Percentile(milliseconds, 99) };
    }

    private BackgroundJobServer StartServer() => new(new BackgroundJobServerOptions { WorkerCount = Workers }, _storage);

    private async Task<Result> ToCompletionAsync(int jobs)
    {
        var lastStart = NoOp.Expect(jobs);
        var watch = Stopwatch.StartNew();
        Enqueue(jobs);
        var enqueued = watch.Elapsed;
        await UntilCompleteAsync(lastStart);
        return Rate(jobs, watch.Elapsed) with { EnqueuePerSecond = Round(jobs / enqueued.TotalSeconds) };
    }

    /// <summary>
    /// Asks for unfinished jobs only once the last one has started. Counting them all the time would slow down the system under test.
    /// </summary>
    private async Task UntilCompleteAsync(Task lastStart)
    {
        await lastStart;
        while (_database.Ask("select exists (select from hangfire.job where statename is distinct from 'Succeeded')"))
        {
            await Task.Delay(5);
        }
    }

    /// <summary>Hangfire's calls block, so that each producer has a thread.</summary>
    private void Enqueue(int jobs)
    {
        var taken = 0;
        var producers = Enumerable.Range(0, _arguments.Producers).Select(_ => new Thread(() =>
        {
            while (Interlocked.Increment(ref taken) <= jobs)
            {
                _client.Enqueue(() => NoOp.Run());
            }
        })).ToList();
        producers.ForEach(static producer => producer.Start());
        producers.ForEach(static producer => producer.Join());
    }

    private Result Rate(int jobs, TimeSpan time) =>
        new(_arguments.Load) { Jobs = jobs, Seconds = Round(time.TotalSeconds), PerSecond = Round(jobs / time.TotalSeconds) };

    private static double Percentile(List<double> sorted, int percent) => Round(sorted[sorted.Count * percent / 100]);

    private static double Round(double number) => Math.Round(number, 2);
}
