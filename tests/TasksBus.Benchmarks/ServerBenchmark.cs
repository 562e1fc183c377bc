using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.LocalLambda;
using TasksBus.Server.Hosting;

namespace TasksBus.Benchmarks;

/// <summary>The whole server over HTTP, with a real Node.js function. The load is made in the same process, on the same cores.</summary>
internal static class ServerBenchmark
{
    private const int Batch = 1_000;
    private const int Connections = 32;
    private const int LatencySamples = 200;

    public static async Task RunAsync(int tasks)
    {
        using var folder = new TemporaryFolder();
        AddFunction(folder, "noop", "export const handler = async () => null;");
        AddFunction(
            folder, "clock", "export const handler = async () => console.log(`started at ${performance.timeOrigin + performance.now()}`);");
        var report = new Report(
            $"Server over HTTP, function = a no-op in Node.js. Baseline: the same function invoked directly, {Connections} at once.");
        report.Start();
        await MeasureBaselineAsync(report, folder, tasks);

        await using var server = await ServerHost.BuildAsync(
            ["--urls", "http://127.0.0.1:0", "--TasksBus:DataPath", folder.File("data"), "--TasksBus:FunctionsPath",
                folder.File("functions"), "--Logging:LogLevel:Default", "Warning"]);
        await server.StartAsync();
        using var http = new HttpClient { BaseAddress = new Uri(server.Urls.First() + "/tasks/v1/") };

        await OneByOneAsync(http, tasks / 4);
        await UntilCompleteAsync(http, tasks / 4);
        await report.MeasureAsync($"POST one by one, {Connections} connections, to completion", tasks, async () =>
        {
            await OneByOneAsync(http, tasks);
            await UntilCompleteAsync(http, tasks + tasks / 4);
        });
        await report.MeasureAsync($"POST /batch of {Batch}, to completion", tasks, async () =>
        {
            await InBatchesAsync(http, tasks);
            await UntilCompleteAsync(http, 2 * tasks + tasks / 4);
        });
        Report.Latency("idle: from POST to the function's start", await LatencyAsync(http));
        await server.StopAsync();
    }

    private static void AddFunction(TemporaryFolder folder, string name, string code)
    {
        Directory.CreateDirectory(folder.File($"functions/{name}"));
        File.WriteAllText(folder.File($"functions/{name}/index.mjs"), code);
    }

    private static async Task MeasureBaselineAsync(Report report, TemporaryFolder folder, int tasks)
    {
        await using var functions = await LocalLambdaServer.StartAsync(
            new() { FunctionsPath = folder.File("functions"), StoragePath = folder.File("lambda"), WithoutKeys = true },
            NullLoggerFactory.Instance, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = functions.Endpoint };
        await InvokeAsync(http, tasks / 4);
        await report.MeasureAsync("baseline: invoke", tasks, () => InvokeAsync(http, tasks));
    }

    private static Task InvokeAsync(HttpClient http, int times) => InParallelAsync(times, async () =>
        (await http.PostAsJsonAsync("2015-03-31/functions/noop/invocations", new { })).EnsureSuccessStatusCode().Dispose());

    private static Task OneByOneAsync(HttpClient http, int tasks) => InParallelAsync(tasks, async () =>
        (await http.PostAsJsonAsync("", new { functionName = "noop" })).EnsureSuccessStatusCode().Dispose());

    private static async Task InBatchesAsync(HttpClient http, int tasks)
    {
        for (var done = 0; done < tasks; done += Batch)
        {
            var batch = Enumerable.Repeat(new { functionName = "noop" }, Math.Min(Batch, tasks - done));
            (await http.PostAsJsonAsync("batch", new { tasks = batch })).EnsureSuccessStatusCode().Dispose();
        }
    }

    private static Task InParallelAsync(int times, Func<Task> step) =>
        Parallel.ForAsync(0, times, new ParallelOptions { MaxDegreeOfParallelism = Connections }, async (_, _) => await step());

    private static async Task UntilCompleteAsync(HttpClient http, int tasks)
    {
        while (true)
        {
            var page = await http.GetFromJsonAsync<JsonElement>("?eq(status,complete)&limit(1)");
            if (page.GetProperty("page").GetProperty("total").GetInt32() >= tasks)
            {
                return;
            }

            await Task.Delay(20);
        }
    }

    /// <summary>The function prints when it started, by the machine's clock; the task's log brings that back.</summary>
    private static async Task<List<double>> LatencyAsync(HttpClient http)
    {
        List<double> milliseconds = [];
        for (var i = -5; i < LatencySamples; i++)
        {
            var posted = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalMilliseconds;
            using var answer = await http.PostAsJsonAsync("", new { functionName = "clock" });
            var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
            var started = await StartedAtAsync(http, id!);
            if (i >= 0)
            {
                milliseconds.Add(started - posted);
            }
        }

        return milliseconds;
    }

    private static async Task<double> StartedAtAsync(HttpClient http, string id)
    {
        const string Words = "started at ";
        while (true)
        {
            using var answer = await http.GetAsync($"{id}/logs");
            if (answer.IsSuccessStatusCode)
            {
                var lines = await answer.Content.ReadFromJsonAsync<JsonElement>();
                var line = lines.GetProperty("data").EnumerateArray().Select(static entry => entry.GetProperty("message").GetString()!)
                    .Single(static message => message.Contains(Words, StringComparison.Ordinal));
                return double.Parse(line[(line.IndexOf(Words, StringComparison.Ordinal) + Words.Length)..], CultureInfo.InvariantCulture);
            }

            await Task.Delay(5);
        }
    }
}
