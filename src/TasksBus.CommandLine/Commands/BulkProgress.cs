using System.Text.Json;
using Spectre.Console;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary>Follows a bulk operation to its end, and shows how far it is.</summary>
internal static class BulkProgress
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_longestLook = TimeSpan.FromSeconds(2);

    /// <summary>A server may be restarted meanwhile, or be away for a while.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <returns>The operation as it ended.</returns>
    /// <exception cref="ToolException">The server refused, or no answer came.</exception>
    public static async Task<JsonElement> FollowAsync(JsonElement operation, Session session, CancellationToken cancellationToken)
    {
        try
        {
            if (!session.Screen.ShowsProgress)
            {
                return await EndAsync(operation, session, static _ => { }, cancellationToken);
            }

            return await session.Screen.ProgressBar().StartAsync(progress =>
            {
                var shown = progress.AddTask(operation.TextAt("action") == "rerun" ? "rerunning" : "canceling");
                return EndAsync(operation, session, part => shown.Value = part * shown.MaxValue, cancellationToken);
            });
        }
        catch (Exception exception) when (exception is OperationCanceledException or ToolException)
        {
            var id = operation.TextAt("id");
            session.Screen.Note($"The bulk operation {id} goes on. To stop it: tasksbus bulk stop {id}");
            throw;
        }
    }

    private static async Task<JsonElement> EndAsync(
        JsonElement operation, Session session, Action<double> report, CancellationToken cancellationToken)
    {
        for (var pause = s_look; operation.TextAt("status") == "inProgress"; pause = pause * 2 < s_longestLook ? pause * 2 : s_longestLook)
        {
            report(operation.At("progress") is { ValueKind: JsonValueKind.Number } part ? part.GetDouble() : 0);
            await Task.Delay(pause, session.Around.Time, cancellationToken);
            var path = $"bulk/{operation.TextAt("id")}";
            operation = await Patience.WithAsync(
                s_patience, session, () => session.Calls.GetAsync(path, cancellationToken), cancellationToken);
        }

        return operation;
    }
}
