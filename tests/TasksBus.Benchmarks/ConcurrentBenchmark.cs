using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using TasksBus.Server.Hosting;

namespace TasksBus.Benchmarks;

/// <summary>
/// One worker that has 500 functions of ten seconds running at once, over and over: what that costs in memory, threads and sockets, and
/// whether it stays so. Lambda is an endpoint in a process of its own, so that the figures are the server's.
/// </summary>
internal static class ConcurrentBenchmark
{
    /// <summary>The argument that makes this program the endpoint.</summary>
    public const string EndpointWord = "slow-lambda";

    private const int AtOnce = 500;
    private const int Rounds = 6;

    private static readonly TimeSpan s_duration = TimeSpan.FromSeconds(10);

    /// <summary>Answers each invocation after ten seconds; says its address, and runs until standard input ends.</summary>
    public static async Task RunEndpointAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        app.MapPost("/2015-03-31/functions/{name}/invocations", static async context =>
        {
            await Task.Delay(s_duration, context.RequestAborted);
            await context.Response.WriteAsync("null");
        });
        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await Console.In.ReadToEndAsync();
    }

    public static async Task RunAsync()
    {
        Console.WriteLine($"{Environment.NewLine}{AtOnce} functions of {s_duration.TotalSeconds} s at once in one worker, {Rounds} times.");
        using var endpoint = ChildProcess.StartThisProgram(EndpointWord);
        var address = await endpoint.StandardOutput.ReadLineAsync();
        using var folder = new TemporaryFolder();
        await using var server = await ServerHost.BuildAsync(
        [
            "--urls", "http://127.0.0.1:0", "--TasksBus:DataPath", folder.File("data"), "--Logging:LogLevel:Default", "Warning",
            $"--TasksBus:WorkerSlots={AtOnce}",
            $"--TasksBus:Lambda:Endpoint={address}", "--TasksBus:Lambda:AccessKey=AKID", "--TasksBus:Lambda:SecretKey=any-secret",
        ]);
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First() + "/tasks/v1/") };
        using var process = Process.GetCurrentProcess();
        Print("idle", 0, [Sample.Take(process)]);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        for (var round = 1; round <= Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var tasks = Enumerable.Repeat(new { functionName = "slow", data = new { text = new string('x', 1_000) } }, AtOnce);
            (await http.PostAsJsonAsync("batch", new { tasks })).EnsureSuccessStatusCode().Dispose();
            List<Sample> samples = [];
            while (await CompleteAsync(http) < round * AtOnce)
            {
                samples.Add(Sample.Take(process));
                await Task.Delay(500);
            }

            Print($"round {round}", watch.Elapsed.TotalSeconds, samples);
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  objects that are still used, before and after: "
                + $"{before / 1e6:F1} and {GC.GetTotalMemory(forceFullCollection: true) / 1e6:F1} MB"));
        await server.StopAsync();
        endpoint.StandardInput.Close();
        await endpoint.WaitForExitAsync();
    }

    private static async Task<int> CompleteAsync(HttpClient http)
    {
        var page = await http.GetFromJsonAsync<JsonElement>("?eq(status,complete)&limit(1)");
        return page.GetProperty("page").GetProperty("total").GetInt32();
    }

    private static void Print(string name, double seconds, IReadOnlyList<Sample> samples) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {name,-8} {seconds,5:F1} s   at most {samples.Max(static sample => sample.Resident) >> 20,4} MB resident, "
            + $"{samples.Max(static sample => sample.Heap) >> 20,3} MB of objects, "
            + $"{samples.Max(static sample => sample.Threads),3} threads, {samples.Max(static sample => sample.Sockets),4} sockets"));

    private sealed record Sample(long Resident, long Heap, int Threads, int Sockets)
    {
        public static Sample Take(Process process)
        {
            process.Refresh();
            return new(process.WorkingSet64, GC.GetTotalMemory(forceFullCollection: false), process.Threads.Count, CountSockets());
        }

        private static int CountSockets() => Directory.Exists("/proc/self/fd")
            ? Directory.GetFiles("/proc/self/fd")
                .Count(static file => new FileInfo(file).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true)
            : 0;
    }
}
