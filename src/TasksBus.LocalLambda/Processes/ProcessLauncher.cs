using System.Diagnostics;
using System.Globalization;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Starts processes of functions. Each has a supervisor, its runtime and its user. Its environment has only PATH in common with the
/// server's.
/// </summary>
internal sealed class ProcessLauncher(string perl, InstalledRuntimes runtimes, Isolation isolation, HostFolder folder, TimeProvider time)
{
    private const int NodeItself = 16; // MB that Node.js takes beside its heap
    private readonly string _path = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";

    /// <exception cref="InvalidOperationException">This machine has no runtime for the function, or has it no longer.</exception>
    public async ValueTask<FunctionProcess> StartAsync(Function function)
    {
        var kind = function.Settings.Kind;
        var program = await runtimes.FindAsync(kind, function.Code is not null).ConfigureAwait(false)
            ?? throw new InvalidOperationException(
                $"{function.Name} cannot run: {await runtimes.WhyMissingAsync(kind).ConfigureAwait(false)}");
        var user = function.Code?.User;
        return kind == RuntimeKind.Node
            ? StartNode(function, program, user) : await StartSupervisedAsync(function, kind, program, user).ConfigureAwait(false);
    }

    private FunctionProcess StartNode(Function function, RuntimeProgram node, FunctionUser? user)
    {
        var memory = function.Settings.MemoryMb;
        var young = Math.Max(1, memory / 20); // as Lambda sets it; there may be three of these
        var conversation = new NodeConversation(folder.SocketPath(Guid.NewGuid().ToString("N")[..12]), user);
        return Start(function, node, user, conversation,
        [
            node.Path,
            string.Create(CultureInfo.InvariantCulture, $"--max-semi-space-size={young}"),
            string.Create(CultureInfo.InvariantCulture, $"--max-old-space-size={memory - (3 * young) - NodeItself}"),
            folder.NodeBootstrap,
            conversation.Path,
        ]);
    }

    private async Task<FunctionProcess> StartSupervisedAsync(
        Function function, RuntimeKind kind, RuntimeProgram program, FunctionUser? user)
    {
        var conversation = await RuntimeApi.ListenAsync(function, user?.Id ?? Isolation.ServerUser).ConfigureAwait(false);
        string[] command = kind == RuntimeKind.Python
            ? [program.Path, folder.PythonBootstrap] : [Path.Combine(function.Folder, "bootstrap")];
        return Start(function, program, user, conversation, command);
    }

    private FunctionProcess Start(
        Function function, RuntimeProgram program, FunctionUser? user, Conversation conversation, string[] command)
    {
        var whole = Supervisor.CommandLine(perl, folder.Supervisor, isolation.Prefix(user), command);
        var start = new ProcessStartInfo(whole[0], whole.Skip(1))
        {
            WorkingDirectory = function.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        FunctionEnvironment.Fill(start.Environment, function, program, user, _path);
        if (conversation is RuntimeApi api)
        {
            start.Environment["AWS_LAMBDA_RUNTIME_API"] = api.Address;
        }

        Supervisor.Pass(start.Environment, function.Settings.Environment);
        return FunctionProcess.Start(function, start, conversation, time);
    }
}
