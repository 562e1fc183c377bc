using System.Diagnostics;
using System.Runtime.InteropServices;

namespace TasksBus.LocalLambda.Tests;

/// <summary>The program itself, as <c>dotnet TasksBus.LocalLambda.dll</c>.</summary>
public sealed partial class ProgramTests : LambdaTest
{
    private const int SigTerm = 15;

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:9001", "on this machine only")]
    [InlineData("--urls", "http://*:9001", "on this machine only")]
    [InlineData("--urls", "http://[::]:9001", "on this machine only")]
    [InlineData("--urls", "http://example.com:9001", "on this machine only")]
    [InlineData("--urls", "https://localhost:9001", "on this machine only")]
    [InlineData("--urls", "http://localhost:9001;http://0.0.0.0:9002", "on this machine only")]
    [InlineData("--urls", "http://127.0.0.1:99999", "on this machine only")]
    [InlineData("--LocalLambda:FunctionsPath", "/no/such/folder", "there is no folder '/no/such/folder'")]
    [InlineData("--LocalLambda:NodePath", "no-such-node", "Node.js 18")]
    [InlineData("--LocalLambda:NodePath", "/bin/cat", "Node.js 18")]
    [InlineData("--LocalLambda:MaxProcesses", "0", "MaxProcesses must be from 1 to 1,000")]
    [InlineData("--LocalLambda:Keys", "a-secret", "Keys is a list")]
    [InlineData("--LocalLambda:Keys:0", "a-secret", "Keys is a list")]
    [InlineData("--LocalLambda:Keys:0:AccessKey", "local", "SecretKey must be 16 characters or more")]
    [InlineData("--LocalLambda:IdleTimeout", "soon", "LocalLambda:IdleTimeout")]
    public async Task What_cannot_work_is_said_in_one_line_at_the_start(string option, string value, string message)
    {
        using var program = Start(
            "--urls", "http://127.0.0.1:0", "--LocalLambda:FunctionsPath", Root, "--LocalLambda:StoragePath", Path.Combine(Root, ".other"),
            option, value);
        var output = program.StandardOutput.ReadToEndAsync();
        var error = (await program.StandardError.ReadToEndAsync()).TrimEnd('\n');
        await program.WaitForExitAsync();
        Assert.Equal(1, program.ExitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.DoesNotContain("a-secret", error, StringComparison.Ordinal);
        Assert.Empty(await output);
    }

    [Fact]
    public async Task A_port_in_use_is_said_in_one_line()
    {
        using var program = Start(
            "--urls", $"http://127.0.0.1:{Server.Endpoint.Port}", "--LocalLambda:FunctionsPath", Root, "--LocalLambda:StoragePath",
            Path.Combine(Root, ".other"));
        var output = program.StandardOutput.ReadToEndAsync();
        var error = await program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync();
        Assert.Equal(1, program.ExitCode);
        Assert.Equal($"Cannot listen on http://127.0.0.1:{Server.Endpoint.Port}: Address already in use.\n", error);
        Assert.Empty(await output);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_said_in_one_line() =>
        Assert.StartsWith(
            "Cannot listen on http://192.0.2.1:0: ", await RefusalAsync(Path.GetTempPath(), "http://192.0.2.1:0"),
            StringComparison.Ordinal);

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_not_taken_for_an_address_in_use()
    {
        if (OperatingSystem.IsLinux())
        {
            // Nobody may make a folder there, not even root.
            Assert.StartsWith(
                "The folder for temporary files (TMPDIR), '/proc/', cannot be used: ", await RefusalAsync("/proc/", "http://127.0.0.1:0"),
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task It_says_where_it_listens_and_stops_when_asked()
    {
        using var program = Start(
            "--urls", "http://127.0.0.1:0", "--LocalLambda:FunctionsPath", Root, "--LocalLambda:StoragePath", Path.Combine(Root, ".other"));
        var endpoint = await EndpointAsync(program);
        Assert.True(endpoint.IsLoopback);
        Assert.Equal(0, SendSignal(program.Id, SigTerm));
        await program.WaitForExitAsync();
        Assert.Equal(0, program.ExitCode);
    }

    [Fact]
    public async Task Without_keys_it_says_where_the_one_is_that_it_has_made()
    {
        using var program = Start(
            "--urls", "http://127.0.0.1:0", "--LocalLambda:FunctionsPath", Root, "--LocalLambda:StoragePath", Path.Combine(Root, ".other"));
        string? line;
        do
        {
            line = await program.StandardOutput.ReadLineAsync();
        }
        while (line?.Contains("Requests must be signed", StringComparison.Ordinal) == false);

        Assert.EndsWith($". '{Path.Combine(Root, ".other", "key.env")}'", line, StringComparison.Ordinal);
        program.Kill();
        await program.WaitForExitAsync();
    }

    [Fact]
    public async Task When_the_program_is_killed_every_function_ends_and_its_folder_is_removed_by_the_next()
    {
        Write("idle", "export const handler = async () => process.pid;");
        Write("waits", $"import {{ writeFileSync }} from 'node:fs'; export const handler = async () => {{ "
            + $"writeFileSync('{Root}/waits.pid', `${{process.pid}}\\n`); await new Promise(r => setTimeout(r, 600_000)); }};",
            """{"timeout":900}""");
        Write("loops", $"import {{ writeFileSync }} from 'node:fs'; export const handler = async () => {{ "
            + $"writeFileSync('{Root}/loops.pid', `${{process.pid}}\\n`); while (true); }};", """{"timeout":900}""");
        Write(
            "loads", $"import {{ writeFileSync }} from 'node:fs'; writeFileSync('{Root}/loads.pid', `${{process.pid}}\\n`); while (true);");
        Write("child", $"import {{ spawn }} from 'node:child_process'; import {{ writeFileSync }} from 'node:fs'; "
            + $"export const handler = async () => {{ writeFileSync('{Root}/child.pid', `${{spawn('sleep', ['600']).pid}}\\n`); "
            + $"while (true); }};", """{"timeout":900}""");
        Write("daemon", $"import {{ execFileSync }} from 'node:child_process'; export const handler = async () => {{ "
            + $"execFileSync('setsid', ['sh', '-c', 'sleep 600 & echo $! > {Root}/daemon.pid'], {{ stdio: 'ignore' }}); while (true); }};",
            """{"timeout":900}""");
        Write(
            "python", $"import os, time\ndef handler(e, c):\n    os.system('sleep 600 & echo $! > {Root}/python.pid')\n    time.sleep(600)",
            """{"timeout":900,"runtime":"python3.12","handler":"app.handler"}""", "app.py");
        var temp = Directory.CreateDirectory(Path.Combine(Root, "tmp")).FullName;
        OpenToAll(Root); // as any folder for temporary files is

        using var program = StartIn(
            temp, "--LocalLambda:WithoutKeys", "true", "--urls", "http://127.0.0.1:0", "--LocalLambda:FunctionsPath", Root,
            "--LocalLambda:StoragePath", Path.Combine(Root, ".other"), "--LocalLambda:InitTimeout", "00:05:00");
        var endpoint = await EndpointAsync(program);
        using var client = new HttpClient();
        var idle = await (await InvokeAsync("idle")).Content.ReadAsStringAsync();
        string[] running = ["waits", "loops", "loads", "child", "daemon", "python"];
        var invocations = running.Select(InvokeAsync).ToList();
        await EventuallyAsync(() => running.All(name => Pid(name) is not null), "all are running");
        var pids = running.Select(name => Pid(name)!.Value).Append(int.Parse(idle)).ToList();
        Assert.All(pids, pid => Assert.True(IsAlive(pid)));
        Assert.Single(Directory.GetDirectories(temp, "tasksbus-locallambda-*"));

        program.Kill(); // SIGKILL, and only this one process
        await program.WaitForExitAsync();
        await EventuallyAsync(() => !pids.Any(IsAlive), "every process of a function has ended");
        await Task.WhenAll(invocations.Select(invocation => Assert.ThrowsAnyAsync<HttpRequestException>(() => invocation)));

        using var next = StartIn(
            temp, "--LocalLambda:WithoutKeys", "true", "--urls", "http://127.0.0.1:0", "--LocalLambda:FunctionsPath", Root,
            "--LocalLambda:StoragePath", Path.Combine(Root, ".other"));
        await EndpointAsync(next);
        Assert.Single(Directory.GetDirectories(temp, "tasksbus-locallambda-*"));
        Assert.Equal(0, SendSignal(next.Id, SigTerm));
        await next.WaitForExitAsync();
        Assert.Empty(Directory.GetDirectories(temp, "tasksbus-locallambda-*"));

        Task<HttpResponseMessage> InvokeAsync(string name) =>
            client.PostAsync(new Uri(endpoint, $"/2015-03-31/functions/{name}/invocations"), content: null);
    }

    private int? Pid(string name)
    {
        var file = Path.Combine(Root, $"{name}.pid");
        return File.Exists(file) && File.ReadAllText(file) is [.., '\n'] text ? int.Parse(text) : null;
    }

    /// <summary>The one line with which the program refuses to start.</summary>
    private async Task<string> RefusalAsync(string temp, string url)
    {
        using var program = StartIn(
            temp, "--urls", url, "--LocalLambda:FunctionsPath", Root, "--LocalLambda:StoragePath", Path.Combine(Root, ".other"),
            "--LocalLambda:Keys:0:AccessKey", "local", "--LocalLambda:Keys:0:SecretKey", "0123456789abcdef");
        var output = program.StandardOutput.ReadToEndAsync();
        var error = (await program.StandardError.ReadToEndAsync()).TrimEnd('\n');
        await program.WaitForExitAsync();
        Assert.Equal(1, program.ExitCode);
        Assert.DoesNotContain('\n', error);
        Assert.Empty(await output);
        return error;
    }

    private static Process Start(params string[] arguments) => StartIn(Path.GetTempPath(), arguments);

    private static Process StartIn(string temp, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(LocalLambdaServer).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = temp;
        return Process.Start(start)!;
    }

    private static async Task<Uri> EndpointAsync(Process program)
    {
        while (await program.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.Split(' ').FirstOrDefault(word => word.StartsWith("http://", StringComparison.Ordinal)) is { } url)
            {
                _ = program.StandardOutput.ReadToEndAsync();
                return new Uri(url);
            }
        }

        throw new InvalidOperationException(await program.StandardError.ReadToEndAsync());
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int processId, int signal);
}
