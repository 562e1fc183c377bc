using System.Globalization;
using System.Text.Json;
using TasksBus.LocalLambda.Http;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>The errors that a function's process cannot report itself, with Lambda's texts.</summary>
internal static class FunctionError
{
    /// <summary>The function ran out of time.</summary>
    public static byte[] TimedOut(string requestId, TimeSpan limit) =>
        Write("Sandbox.Timedout", $"RequestId: {requestId} Error: {TimedOutText(limit)}");

    /// <summary>The text for the log.</summary>
    public static string TimedOutText(TimeSpan limit) =>
        string.Create(CultureInfo.InvariantCulture, $"Task timed out after {limit.TotalSeconds:F2} seconds");

    /// <summary>The process ended before it answered.</summary>
    /// <param name="requestId">The id of the invocation.</param>
    /// <param name="exitCode">The exit code, or 128 plus the signal that ended it.</param>
    public static byte[] Exited(string requestId, int exitCode) =>
        Write("Runtime.ExitError", $"RequestId: {requestId} Error: {ExitedText(exitCode)}");

    /// <summary>The process was killed because it took more memory than allowed.</summary>
    public static byte[] OutOfMemory(string requestId, int exitCode) =>
        Write("Runtime.OutOfMemory", $"RequestId: {requestId} Error: {ExitedText(exitCode)}");

    /// <summary>The program to start does not exist or cannot be run.</summary>
    public static byte[] InvalidEntrypoint(string requestId, string text) =>
        Write("Runtime.InvalidEntrypoint", $"RequestId: {requestId} Error: {text}");

    /// <summary>The runtime reported an error that is not an error object.</summary>
    public static byte[] Of(string? type) =>
        Write(string.IsNullOrEmpty(type) ? "Runtime.Unknown" : type, "The runtime reported an error without saying which.");

    public static string TooLargeText => $"Response payload size exceeded maximum allowed payload size ({BodyLimit.Invoke.Bytes} bytes).";

    public static byte[] TooLarge() => Write("Function.ResponseSizeTooLarge", TooLargeText);

    /// <inheritdoc cref="Exited"/>
    public static string ExitedText(int exitCode) => exitCode switch
    {
        0 => "Runtime exited without providing a reason",
        128 + 6 => "Runtime exited with error: signal: aborted",
        128 + 9 => "Runtime exited with error: signal: killed",
        128 + 11 => "Runtime exited with error: signal: segmentation fault",
        128 + 15 => "Runtime exited with error: signal: terminated",
        _ => string.Create(CultureInfo.InvariantCulture, $"Runtime exited with error: exit status {exitCode}"),
    };

    /// <summary>Returns the reason why the shell could not start bootstrap, by its exit code. Null when it could.</summary>
    public static string? EntrypointText(int exitCode) => exitCode switch
    {
        126 => "fork/exec /var/task/bootstrap: permission denied",
        127 => "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]",
        _ => null,
    };

    /// <summary>function.json cannot be used. Lambda has no such error, because it would have refused to create the function.</summary>
    public static byte[] BadSettings(string message) => Write("Runtime.InvalidFunctionConfiguration", message);

    private static byte[] Write(string type, string message)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("errorType", type);
            writer.WriteString("errorMessage", message);
            writer.WriteStartArray("trace");
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
