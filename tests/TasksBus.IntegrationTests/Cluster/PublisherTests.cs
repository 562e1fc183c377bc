using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Functions;
using TasksBus.IntegrationTests.Servers;
using Xunit;

namespace TasksBus.IntegrationTests.Cluster;

/// <summary>Another service in a process of its own, with the contracts and MassTransit alone: tests/TasksBus.Publisher.</summary>
public sealed class PublisherTests(LocalServers servers) : ClusterTest(servers)
{
    private static readonly string s_folder = AppContext.BaseDirectory.Replace(
        "TasksBus.IntegrationTests", "TasksBus.Publisher", StringComparison.Ordinal);

    [Fact]
    public async Task It_schedules_tasks_and_hears_how_each_ended()
    {
        Assert.False(File.Exists(Path.Combine(s_folder, "TasksBus.dll")), "The publisher has the engine beside it.");
        Cluster.Invoker.On("fail", static _ => new InvocationResult.FunctionFailed("Broken", "It broke.", null, null));
        await Cluster.AddAsync();
        using var publisher = Start(out var heard);
        await Eventually.TrueAsync(() => heard.Contains("ready"), "the publisher runs");

        TaskId[] ids = [TaskId.New(), TaskId.New(), TaskId.New()];
        await WriteAsync(new { taskId = ids[0].ToString(), functionName = "greet", data = new { name = "world" } });
        await WriteAsync(new { taskId = ids[1].ToString(), functionName = "fail" });
        await WriteAsync(new
        {
            taskId = ids[2].ToString(),
            functionName = "later",
            startTimestamp = "2100-01-01T00:00:00Z",
            priority = 7,
            tags = new[] { "a" },
        });

        await Eventually.TrueAsync(() => heard.Count >= 3, "it hears of both that ran");
        publisher.StandardInput.Close();
        await publisher.WaitForExitAsync().EndsAsync();
        Assert.Equal(new[] { $"{ids[0]} greet completed", $"{ids[1]} fail failed: Broken", "ready" }.Order(), heard.Order());
        Assert.Equal("world", Cluster.Invoker.Invocations.Single(static one => one.FunctionName == "greet").Event.GetProperty("data")
            .GetProperty("name").GetString());
        var waiting = await Cluster.ReachesAsync(ids[2], TaskStates.New);
        Assert.Equal((7, "a"), (waiting.Priority, Assert.Single(waiting.Tags)));

        Task WriteAsync(object task) => publisher.StandardInput.WriteLineAsync(JsonSerializer.Serialize(task));
    }

    private Process Start(out ConcurrentQueue<string> lines)
    {
        var heard = lines = [];
        var program = Path.Combine(s_folder, "TasksBus.Publisher.dll");
        var process = Process.Start(new ProcessStartInfo("dotnet", [program, Cluster.Broker.Address.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is not null)
            {
                heard.Enqueue(line.Data);
            }
        };
        process.BeginOutputReadLine();
        return process;
    }
}
