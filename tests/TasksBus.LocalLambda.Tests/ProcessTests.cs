using System.Net;

namespace TasksBus.LocalLambda.Tests;

public class ProcessTests : LambdaTest
{
    private const string Pid = "export const handler = async () => process.pid;";

    protected override void Configure(LocalLambdaOptions options)
    {
        options.MaxProcesses = 3;
        options.CapacityWait = TimeSpan.FromMilliseconds(300);
    }

    [Fact]
    public async Task Invocations_one_after_the_other_share_a_process()
    {
        Write("pid", Pid);
        var first = (await InvokeAsync("pid")).Value;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(first, (await InvokeAsync("pid")).Value);
        }
    }

    [Fact]
    public async Task Invocations_at_the_same_time_have_a_process_each()
    {
        Write("gate", Gate);
        var first = InvokeAsync("gate", "1");
        var second = InvokeAsync("gate", "2");
        await EventuallyAsync(() => Arrived("1") && Arrived("2"), "both are running");
        Open();
        Assert.NotEqual((await first).Value, (await second).Value);
    }

    [Fact]
    public async Task Over_its_limit_a_function_is_throttled_and_others_are_not()
    {
        Write("gate", Gate, """{"concurrency":1}""");
        Write("pid", Pid);
        var running = InvokeAsync("gate", "1");
        await EventuallyAsync(() => Arrived("1"), "the first is running");
        var throttled = await InvokeAsync("gate", "2");
        Assert.Equal(HttpStatusCode.TooManyRequests, throttled.Status);
        Assert.Equal("TooManyRequestsException", throttled.Headers["x-amzn-ErrorType"]);
        Assert.Equal("1", throttled.Headers["Retry-After"]);
        Assert.Equal("ReservedFunctionConcurrentInvocationLimitExceeded", throttled.Json.GetProperty("Reason").GetString());
        Assert.Equal("Rate Exceeded.", throttled.Json.GetProperty("message").GetString());
        Assert.False(throttled.Headers.ContainsKey("X-Amz-Function-Error"));
        _ = (await InvokeAsync("pid")).Value;
        Open();
        var pid = (await running).Value;
        Assert.Equal(pid, (await InvokeAsync("gate", "3")).Value);
    }

    [Fact]
    public async Task With_every_process_busy_an_invocation_waits_a_moment_and_is_then_throttled()
    {
        Write("gate", Gate);
        Write("pid", Pid);
        var running = Enumerable.Range(1, 3).Select(i => InvokeAsync("gate", $"{i}")).ToList();
        await EventuallyAsync(() => Arrived("1") && Arrived("2") && Arrived("3"), "all three are running");
        var throttled = await InvokeAsync("pid");
        Assert.Equal(HttpStatusCode.TooManyRequests, throttled.Status);
        Assert.Equal("ConcurrentInvocationLimitExceeded", throttled.Json.GetProperty("Reason").GetString());
        Open();
        await Task.WhenAll(running);
        _ = (await InvokeAsync("pid")).Value;
    }

    [Fact]
    public async Task An_idle_process_makes_room_for_another_function()
    {
        var pids = new List<int>();
        foreach (var name in new[] { "a", "b", "c", "d", "e" })
        {
            Write(name, Pid);
            pids.Add(int.Parse((await InvokeAsync(name)).Value));
        }

        await EventuallyAsync(() => !IsAlive(pids[0]) && !IsAlive(pids[1]), "the longest idle ones have ended");
        Assert.All(pids[2..], pid => Assert.True(IsAlive(pid)));
    }

    [Fact]
    public async Task A_crowd_that_waits_for_few_processes_is_served()
    {
        Options.CapacityWait = TimeSpan.FromSeconds(30);
        foreach (var name in new[] { "a", "b", "c", "d" })
        {
            Write(name, "export const handler = async n => n;");
        }

        var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => InvokeAsync($"{"abcd"[i % 4]}", $"{i}")));
        Assert.Equal(Enumerable.Range(0, 80).Select(i => $"{i}"), answers.Select(answer => answer.Value));
    }

    [Fact]
    public async Task Crashes_exits_and_timeouts_in_a_crowd_cost_no_places()
    {
        Options.CapacityWait = TimeSpan.FromSeconds(60);
        Write("fine", "export const handler = async n => n;");
        Write("exits", "export const handler = async () => process.exit(1);");
        Write("crashes", "export const handler = async () => { setTimeout(() => { throw new Error('boom'); }); "
            + "await new Promise(r => setTimeout(r, 5000)); };");
        Write("broken", "throw new Error('boom');");
        Write("ends", "export const handler = async () => { setTimeout(() => process.exit(), 5); };");
        string[] names = ["fine", "exits", "crashes", "broken", "ends"];
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => InvokeAsync(names[i % names.Length], $"{i}")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal($"{i * 5}", answers[i * 5].Value));

        // All three places must still be there.
        Write("gate", Gate);
        var running = Enumerable.Range(1, 3).Select(i => InvokeAsync("gate", $"{i}")).ToList();
        await EventuallyAsync(() => Arrived("1") && Arrived("2") && Arrived("3"), "all three are running");
        Open();
        Assert.Equal(3, (await Task.WhenAll(running)).Select(answer => answer.Value).Distinct().Count());
    }

    [Fact]
    public async Task Edits_count_from_the_next_invocation_on()
    {
        Write(
            "edit", "import { n } from './lib/n.mjs'; export const handler = async () => [n, process.env.A];",
            """{"environment":{"A":"a"}}""");
        Directory.CreateDirectory(Path.Combine(Root, "edit", "lib"));
        Write("edit", "export const n = 1;", file: "lib/n.mjs");
        Assert.Equal("""[1,"a"]""", (await InvokeAsync("edit")).Value);
        Write("edit", "export const n = 22;", file: "lib/n.mjs");
        Assert.Equal("""[22,"a"]""", (await InvokeAsync("edit")).Value);
        Write("edit", """{"environment":{"A":"bb"}}""", file: "function.json");
        Assert.Equal("""[22,"bb"]""", (await InvokeAsync("edit")).Value);
        Write("edit", "export const handler = async () => 'new';");
        Assert.Equal("\"new\"", (await InvokeAsync("edit")).Value);
        Directory.Delete(Path.Combine(Root, "edit"), recursive: true);
        Assert.Equal(HttpStatusCode.NotFound, (await InvokeAsync("edit")).Status);
    }

    [Fact]
    public async Task A_running_invocation_ends_with_the_code_that_it_began_with()
    {
        Write("gate", Gate);
        var running = InvokeAsync("gate", "1");
        await EventuallyAsync(() => Arrived("1"), "it is running");
        Write("gate", "export const handler = async () => 'new';");
        Assert.Equal("\"new\"", (await InvokeAsync("gate")).Value);
        Open();
        var old = int.Parse((await running).Value);
        await EventuallyAsync(() => !IsAlive(old), "the old process has ended");
    }

    [Fact]
    public async Task A_process_that_ends_while_idle_is_replaced()
    {
        Write("ends", "export const handler = async () => { setTimeout(() => process.exit(), 20); return process.pid; };");
        var first = int.Parse((await InvokeAsync("ends")).Value);
        await EventuallyAsync(() => !IsAlive(first), "it has ended");
        await Task.Delay(50); // until the server has heard of it: what it does before is a failed invocation, as in Lambda
        Assert.NotEqual($"{first}", (await InvokeAsync("ends")).Value);
    }

    [Fact]
    public async Task Disposing_the_server_kills_what_runs_and_answers_its_callers()
    {
        Write("gate", Gate);
        Write("pid", Pid);
        var idle = int.Parse((await InvokeAsync("pid")).Value);
        var running = InvokeAsync("gate", "1");
        await EventuallyAsync(() => Arrived("1"), "it is running");
        var busy = int.Parse(File.ReadAllText(Path.Combine(Root, "arrived-1")));
        await Server.DisposeAsync();
        Assert.False(IsAlive(idle));
        Assert.False(IsAlive(busy));
        Assert.Equal("Runtime.ExitError", (await running).Failed().ErrorType);
    }

    /// <summary>Reports its arrival, then waits until the gate is opened.</summary>
    private string Gate => $$"""
        import { existsSync, renameSync, writeFileSync } from 'node:fs';
        import { setTimeout } from 'node:timers/promises';
        export const handler = async n => {
          writeFileSync(`{{Root}}/arriving-${n}`, String(process.pid));
          renameSync(`{{Root}}/arriving-${n}`, `{{Root}}/arrived-${n}`);
          while (!existsSync('{{Root}}/open')) await setTimeout(5);
          return process.pid;
        };
        """;

    private bool Arrived(string n) => File.Exists(Path.Combine(Root, $"arrived-{n}"));

    private void Open() => File.WriteAllText(Path.Combine(Root, "open"), "");
}

public class IdleTests : LambdaTest
{
    protected override void Configure(LocalLambdaOptions options) => options.IdleTimeout = TimeSpan.FromMilliseconds(200);

    [Fact]
    public async Task An_unused_process_is_ended()
    {
        Write("pid", "export const handler = async () => process.pid;");
        var pid = int.Parse((await InvokeAsync("pid")).Value);
        await EventuallyAsync(() => !IsAlive(pid), "the idle process has ended");
        Assert.NotEqual($"{pid}", (await InvokeAsync("pid")).Value);
    }
}
