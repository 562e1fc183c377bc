using System.Diagnostics;
using System.Runtime.InteropServices;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Tests;

/// <summary>
/// What the process of a function leaves behind: a plain child, a child in a session of its own, and a child whose parent has ended,
/// like a daemon.
/// </summary>
public sealed partial class DetachedTests : DeployedTest
{
    private const int SigStop = 19;
    private static readonly string[] s_kinds = ["plain", "session", "daemon"];

    [Theory]
    [InlineData("return 'answered';")]
    [InlineData("throw new Error('failed');")]
    [InlineData("await new Promise(r => setTimeout(r, 600_000));")]
    [InlineData("while (true);")]
    [InlineData("process.exit(1);")]
    [InlineData("process.kill(process.pid, 'SIGKILL'); await new Promise(r => setTimeout(r, 600_000));")]
    [InlineData("process.kill(0, 'SIGKILL'); await new Promise(r => setTimeout(r, 600_000));")]
    public async Task When_an_invocation_has_ended_so_has_all_that_it_started(string end)
    {
        Write("leaves", Leaving(end), """{"timeout":2}""");
        await InvokeAsync("leaves", "\"a\"");
        await EventuallyAsync(() => s_kinds.All(kind => Pid(kind, "a") is { } pid && !IsAlive(pid)), "all of it has ended");
    }

    [Fact]
    public async Task What_another_invocation_of_the_function_has_started_lives_on()
    {
        Write("leaves", Leaving("if (name === 'long') while (!existsSync(`${folder}/open`)) await new Promise(r => setTimeout(r, 5)); "
            + "return 'answered';"));
        var running = InvokeAsync("leaves", "\"long\"");
        await EventuallyAsync(() => s_kinds.All(kind => Pid(kind, "long") is not null), "the long one has started all");
        await InvokeAsync("leaves", "\"short\"");
        await EventuallyAsync(
            () => s_kinds.All(kind => Pid(kind, "short") is { } pid && !IsAlive(pid)), "what the short one has started has ended");
        Assert.All(s_kinds, kind => Assert.True(IsAlive(Pid(kind, "long")!.Value)));
        await File.WriteAllTextAsync(Path.Combine(Root, "open"), "");
        Assert.Equal("\"answered\"", (await running).Value);
        await EventuallyAsync(() => !s_kinds.Any(kind => IsAlive(Pid(kind, "long")!.Value)), "what it has started has ended");
    }

    [Fact]
    public async Task A_child_that_has_ended_costs_the_function_no_cold_start()
    {
        Write("tidy", "import { execFileSync } from 'node:child_process'; export const handler = async () => { execFileSync('true'); "
            + "return process.pid; };");
        Assert.Equal((await InvokeAsync("tidy")).Value, (await InvokeAsync("tidy")).Value);
    }

    [Fact]
    public async Task What_a_Python_function_leaves_behind_ends_too()
    {
        Write("leaves", "import os, subprocess\ndef handler(name, context):\n    subprocess.run(['setsid', 'sh', '-c', "
            + $"'echo $$ > {Root}/daemon-a.pid; sleep 600 & echo $! > {Root}/plain-a.pid'])\n    subprocess.Popen(['setsid', 'sh', '-c', "
            + $"'echo $$ > {Root}/session-a.pid; exec sleep 600'])\n    while not os.path.exists('{Root}/session-a.pid'): pass",
            """{"runtime":"python3.12","handler":"app.handler"}""", "app.py");
        await InvokeAsync("leaves");
        await EventuallyAsync(() => s_kinds.All(kind => Pid(kind, "a") is { } pid && !IsAlive(pid)), "all of it has ended");
    }

    [Fact]
    public async Task Below_a_custom_runtime_only_what_has_detached_itself_ends_for_the_rest_may_be_the_runtime()
    {
        await DeployAsync(Creation("wrapped", Zip(new ZipItem("runtime.mjs", """
            import { spawn } from 'node:child_process';
            const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
            for (;;) {
              const next = await fetch(`${api}/invocation/next`);
              const id = next.headers.get('lambda-runtime-aws-request-id');
              const child = (await next.json()).leave ? spawn('sleep', ['600'], { detached: true, stdio: 'ignore' }).pid : null;
              await fetch(`${api}/invocation/${id}/response`, { method: 'POST', body: JSON.stringify([process.pid, child]) });
            }
            """), new ZipItem("bootstrap", "#!/bin/sh\nnode runtime.mjs\n", ZipItem.Executable)), "provided.al2023", "any"));
        var first = (await InvokeAsync("wrapped")).Json;
        var second = (await InvokeAsync("wrapped", """{"leave":true}""")).Json;
        Assert.Equal(first[0].GetInt32(), second[0].GetInt32());
        await EventuallyAsync(() => !IsAlive(second[1].GetInt32()), "what it has left behind has ended");
    }

    [Fact]
    public async Task When_the_server_ends_so_does_what_runs_beside_functions()
    {
        Write("leaves", Leaving("await new Promise(r => setTimeout(r, 600_000));"), """{"timeout":900}""");
        var running = InvokeAsync("leaves", "\"a\"");
        await EventuallyAsync(() => s_kinds.All(kind => Pid(kind, "a") is not null), "it has started all");
        await Server.DisposeAsync();
        Assert.DoesNotContain(s_kinds, kind => IsAlive(Pid(kind, "a")!.Value));
        (await running).Failed();
    }

    [Fact]
    public async Task A_supervisor_that_does_not_listen_saves_nothing()
    {
        Write("leaves", Leaving("await new Promise(r => setTimeout(r, 600_000));"), """{"timeout":3}""");
        var running = InvokeAsync("leaves", "\"a\"");
        await EventuallyAsync(() => s_kinds.All(kind => Pid(kind, "a") is not null), "it has started all");
        var function = int.Parse(ProcessTree.StatOf(Pid("plain", "a")!.Value)![1]);
        Assert.Equal(0, SendSignal(int.Parse(ProcessTree.StatOf(function)![1]), SigStop));
        Assert.Equal("Sandbox.Timedout", (await running).Failed().ErrorType);
        Assert.DoesNotContain(s_kinds, kind => IsAlive(Pid(kind, "a")!.Value));
    }

    [RootFact]
    public async Task When_a_function_is_deleted_all_that_runs_as_its_user_ends_and_its_files_go()
    {
        await DeployAsync("first", "export const handler = async () => process.getuid();");
        var user = int.Parse((await InvokeAsync("first")).Value);
        using var stray = As(user, "trap '' TERM; touch /tmp/tasksbus-stray-$$; sleep 600");
        var file = $"/tmp/tasksbus-stray-{stray.Id}";
        await EventuallyAsync(() => File.Exists(file), "somebody runs as its user");
        await CallAsync(HttpMethod.Delete, $"{Functions}/first");
        await EventuallyAsync(() => !IsAlive(stray.Id) && !File.Exists(file), "it has ended, and its file is gone");
    }

    [RootFact]
    public async Task Before_an_id_is_given_to_a_function_whatever_still_has_it_ends()
    {
        await DeployAsync("first", "export const handler = async () => process.getuid();");
        var next = int.Parse((await InvokeAsync("first")).Value) + 1;
        using var stray = As(next, "trap '' TERM; touch /tmp/tasksbus-stray-$$; sleep 600");
        var file = $"/tmp/tasksbus-stray-{stray.Id}";
        await EventuallyAsync(() => File.Exists(file), "somebody has the next id");
        await DeployAsync("second", "export const handler = async () => process.getuid();");
        Assert.Equal($"{next}", (await InvokeAsync("second")).Value);
        Assert.False(IsAlive(stray.Id));
        Assert.False(File.Exists(file));
    }

    [RootFact]
    public async Task A_function_that_takes_the_name_of_a_deleted_one_is_another_user()
    {
        const string source = "export const handler = async () => process.getuid();";
        await DeployAsync("name", source);
        var first = (await InvokeAsync("name")).Value;
        await CallAsync(HttpMethod.Delete, $"{Functions}/name");
        await DeployAsync("name", source);
        Assert.NotEqual(first, (await InvokeAsync("name")).Value);
    }

    /// <summary>Starts a process of each kind, which writes down its id, then does something.</summary>
    private string Leaving(string end) => $$"""
        import { existsSync } from 'node:fs';
        import { spawn } from 'node:child_process';
        const folder = '{{Root}}';
        const start = (kind, name, detached, wrap) => spawn(
          'sh', ['-c', wrap(`echo $$ > ${folder}/${kind}-${name}.pid; exec sleep 600`)], { detached, stdio: 'ignore' }).unref();
        export const handler = async name => {
          start('plain', name, false, script => script);
          start('session', name, true, script => script);
          start('daemon', name, true, script => `setsid sh -c '${script}' & exit`);
          while (!['plain', 'session', 'daemon'].every(kind => existsSync(`${folder}/${kind}-${name}.pid`)))
            await new Promise(r => setTimeout(r, 5));
          await new Promise(r => setTimeout(r, 20));
          {{end}}
        };
        """;

    private int? Pid(string kind, string name)
    {
        var file = Path.Combine(Root, $"{kind}-{name}.pid");
        return File.Exists(file) && File.ReadAllText(file) is [.., '\n'] text ? int.Parse(text) : null;
    }

    private static Process As(int user, string script) =>
        Process.Start(new ProcessStartInfo("setpriv", [$"--reuid={user}", $"--regid={user}", "--clear-groups", "sh", "-c", script]))!;

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
