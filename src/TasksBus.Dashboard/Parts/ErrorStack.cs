using System.Text.Json;

namespace TasksBus.Dashboard.Parts;

/// <summary>Finds the stack of an error in the log of a function. Runtimes for Node.js write it as JSON.</summary>
internal static class ErrorStack
{
    /// <summary>The stack of the last error, a frame a line. Null when the log has none.</summary>
    public static string? In(string log)
    {
        var at = log.LastIndexOf("Invoke Error", StringComparison.Ordinal);
        var start = at < 0 ? -1 : log.IndexOf('{', at);
        if (start < 0)
        {
            return null;
        }

        var end = log.IndexOf('\n', start);
        try
        {
            var error = JsonElement.Parse(end < 0 ? log[start..] : log[start..end]);
            return error.TryGetProperty("trace", out var frames) || error.TryGetProperty("stack", out frames)
                ? string.Join('\n', frames.EnumerateArray().Select(static frame => frame.GetString()))
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The log was cut, or somebody else wrote the line.
            return null;
        }
    }
}
