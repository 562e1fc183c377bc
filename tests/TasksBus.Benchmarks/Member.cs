using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Functions;
using TasksBus.Server.Hosting;

namespace TasksBus.Benchmarks;

/// <summary>
/// A process of the cluster as it ships, except for its functions: they return at once, like the no-op handlers of other job systems.
/// </summary>
internal static class Member
{
    /// <summary>The word on the command line that makes this program a member.</summary>
    public const string Word = "member";

    /// <summary>Leaves the time at which it started as its log.</summary>
    public const string ClockFunction = "clock";

    /// <summary>Runs as a member until its standard input ends.</summary>
    public static async Task RunAsync(string[] args)
    {
        await using var server = await ServerHost.BuildAsync(
            args, static services => services.AddSingleton<IFunctionInvoker, NoFunction>());
        await server.StartAsync();
        Console.WriteLine($"ready {server.Urls.FirstOrDefault()}");
        await Console.In.ReadToEndAsync();
        await server.StopAsync();
    }

    private sealed class NoFunction : IFunctionInvoker
    {
        public Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
        {
            if (invocation.FunctionName == ClockFunction)
            {
                // Tells when it started. Both processes read the clock of this machine.
                var now = TimeProvider.System.GetUtcNow().UtcTicks;
                return Task.FromResult<InvocationResult>(new InvocationResult.Succeeded("null"u8.ToArray(), $"{now}", null));
            }

            return Task.FromResult<InvocationResult>(new InvocationResult.Succeeded("null"u8.ToArray(), null, null));
        }
    }
}

/// <summary>A member that runs as a child process.</summary>
internal sealed class MemberProcess : IAsyncDisposable
{
    private readonly Process _process;

    private MemberProcess(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    /// <summary>Where its API listens.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The CPU time that it used.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<MemberProcess> StartAsync(string name, ClusterServers servers, string roles, params string[] settings)
    {
        string[] args =
        [
            Member.Word, .. roles.Contains("api", StringComparison.Ordinal) ? ["--urls", "http://127.0.0.1:0"] : Array.Empty<string>(),
            $"--ConnectionStrings:tasksbus={servers.Database}", $"--ConnectionStrings:rabbitmq={servers.Broker}",
            $"--TasksBus:Roles={roles}",
            "--TasksBus:Lambda:Endpoint=http://127.0.0.1:9", "--Logging:LogLevel:Default=Warning", .. settings,
        ];
        MemberProcess member = new(name, ChildProcess.StartThisProgram(args));
        while (true)
        {
            var line = await member._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException(
                $"{name} ended before it was ready.");
            if (line.StartsWith("ready", StringComparison.Ordinal))
            {
                member.Url = line["ready".Length..].Trim();
                _ = Task.Run(member.ShowLogAsync);
                return member;
            }

            Console.Error.WriteLine(line);
        }
    }

    /// <summary>Shows at once what the member logs, to explain a run that never ends.</summary>
    private async Task ShowLogAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            Console.Error.WriteLine(line);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
