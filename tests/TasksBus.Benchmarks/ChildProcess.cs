using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace TasksBus.Benchmarks;

/// <summary>How a child process ended: what it wrote on standard output, or a failure that tells what it wrote on standard error.</summary>
internal sealed record ChildProcess(string Output, string? Failure)
{
    private const int ErrorLength = 2_000;
    private static readonly TimeSpan s_timeToTidy = TimeSpan.FromSeconds(10);

    /// <summary>Starts this program as another process, which is driven over its standard input and output.</summary>
    public static Process StartThisProgram(params string[] arguments)
    {
        string[] assembly = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(ChildProcess).Assembly.Location]
            : [];
        return Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [.. assembly, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <param name="limit">
    /// After this time the process is asked to stop, so that it can tidy up. A little later it is killed, with everything that it started.
    /// </param>
    public static async Task<ChildProcess> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new("", $"{program} does not start: {exception.Message}");
        }

        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            await StopAsync(process);
            return new(
                await output, $"{Path.GetFileName(program)} took more than {limit.TotalSeconds} s and was stopped. {Tail(await error)}");
        }

        return new(
            await output,
            process.ExitCode == 0 ? null : $"{Path.GetFileName(program)} ended with exit code {process.ExitCode}. {Tail(await error)}");
    }

    private static async Task StopAsync(Process process)
    {
        using var terminate = Process.Start("kill", [process.Id.ToString(CultureInfo.InvariantCulture)]);
        using var timeout = new CancellationTokenSource(s_timeToTidy);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private static string Tail(string text) =>
        text.Trim() is { Length: > ErrorLength } trimmed ? $"... {trimmed[^ErrorLength..]}" : text.Trim();
}
