using System.Text.Json;

namespace TasksBus.Tool.Commands;

/// <summary>Makes a call again while it has no answer. The call must have one effect however often it is sent.</summary>
internal static class Patience
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(5);

    /// <param name="atMost">How long it is made again after its first failure.</param>
    /// <param name="again">Told of each failure after which it is made again.</param>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public static async Task<JsonElement> WithAsync(
        TimeSpan atMost, Session session, Func<Task<JsonElement>> call, CancellationToken cancellationToken,
        Action<ToolException>? again = null)
    {
        var (time, pause, failedAt) = (session.Around.Time, s_firstPause, default(long?));
        while (true)
        {
            try
            {
                return await call();
            }
            catch (ToolException exception) when (exception.Code == ExitCode.Unreachable)
            {
                failedAt ??= time.GetTimestamp();
                if (time.GetElapsedTime(failedAt.Value) + pause > atMost)
                {
                    throw;
                }

                again?.Invoke(exception);
            }

            // A part of the pause is random, so that calls that failed together do not come back together.
            await Task.Delay(pause * (1 - Random.Shared.NextDouble() / 2), time, cancellationToken);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
        }
    }
}
