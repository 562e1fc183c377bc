using System.Globalization;
using System.Text.Json;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>The errors that a function's process cannot report itself, in Lambda's words.</summary>
internal static class FunctionError
{
    /// <summary>The function ran out of time.</summary>
    public static byte[] TimedOut(string requestId, TimeSpan limit) =>
        Write("Sandbox.Timedout", $"RequestId: {requestId} Error: {TimedOutText(limit)}");

    /// <summary>As the log says it.</summary>
    public static string TimedOutText(TimeSpan limit) =>
        string.Create(CultureInfo.InvariantCulture, $"Task timed out after {limit.TotalSeconds:F2} seconds");

    /// <summary>The process ended before it had answered.</summary>
    /// <param name="requestId">Of the invocation.</param>
    /// <param name="exitCode">128 plus the signal where one ended it.</param>
    public static byte[] Exited(string requestId, int exitCode) =>
        Write("Runtime.ExitError", $"RequestId: {requestId} Error: {ExitedText(exitCode)}");

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

    /// <summary>function.json cannot be used. Lambda has no such error: it would not have let the function be created.</summary>
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
