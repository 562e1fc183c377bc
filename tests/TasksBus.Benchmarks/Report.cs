using System.Diagnostics;

namespace TasksBus.Benchmarks;

/// <summary>Measures and prints: a rate, its ratio to the run's baseline, and the CPU time of this process for each task.</summary>
internal sealed class Report(string title)
{
    private double? _baseline;

    public void Start() => Console.WriteLine($"{Environment.NewLine}{title}");

    /// <summary>Runs a load of so many tasks; the first one is the baseline of the others.</summary>
    public async Task MeasureAsync(string name, int tasks, Func<Task> load)
    {
        using var process = Process.GetCurrentProcess();
        var (cpu, watch) = (process.TotalProcessorTime, Stopwatch.StartNew());
        await load();
        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        var (rate, used) = (tasks / seconds, (process.TotalProcessorTime - cpu).TotalMicroseconds / tasks);
        _baseline ??= rate;
        Console.WriteLine($"  {name,-58} {rate,8:F0}/s  {rate / _baseline,5:F2} x baseline  {used,6:F0} us CPU each");
    }

    public static void Latency(string name, List<double> milliseconds)
    {
        milliseconds.Sort();
        Console.WriteLine(
            $"  {name,-58} p50 {milliseconds[milliseconds.Count / 2]:F1} ms, p99 {milliseconds[milliseconds.Count * 99 / 100]:F1} ms");
    }
}
