using System.Text.Json;

namespace TasksBus.Tool.Commands;

/// <summary>Makes a call again while it has no answer. The call must have one effect however often it is sent.</summary>
internal static class Patience
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    /// <param name="atMost">How long.</param>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public static async Task<JsonElement> WithAsync(
        TimeSpan atMost, Session session, Func<Task<JsonElement>> call, CancellationToken cancellationToken)
    {
        var (time, begun) = (session.Around.Time, session.Around.Time.GetTimestamp());
        while (true)
        {
            try
            {
                return await call();
            }
            catch (ToolException exception) when (exception.Code == ExitCode.Unreachable && time.GetElapsedTime(begun) < atMost)
            {
                await Task.Delay(s_pause, time, cancellationToken);
            }
        }
    }
}
