using TasksBus.Server.Http.Authentication;
using TasksBus.Server.Logging;

namespace TasksBus.Server.Hosting;

/// <summary>What a server prints once it runs: a text with a command to try, or an entry in a log that programs read.</summary>
internal static partial class Welcome
{
    /// <param name="authentication">Null when the process has no API.</param>
    public static void Say(
        IConfiguration configuration, ILogger logger, IReadOnlyList<string> urls, string roles, AuthenticationSettings? authentication)
    {
        if (!ServerLogging.IsForPeople(configuration))
        {
            Runs(logger, roles, string.Join(", ", urls));
        }
        else if (authentication is null)
        {
            Console.WriteLine($"TasksBus runs as {roles}{(urls.Count > 0 ? $"; probes: {urls[0]}/health/ready" : "")}.");
        }
        else
        {
            var key = authentication.IsRequired ? $"-H 'Authorization: Bearer {authentication.Word}' " : "";
            const string Task = """{"functionName":"hello","data":{"name":"world"}}""";
            Console.WriteLine(
                $"""

                TasksBus listens on {string.Join(" and ", urls)}. Try:
                  curl -s {urls[0]}/tasks/v1/ {key}-H 'Content-Type: application/json' -d '{Task}'

                """);
        }
    }

    [LoggerMessage(505, LogLevel.Information, "TasksBus runs as {Roles} and listens on {Urls}")]
    private static partial void Runs(ILogger logger, string roles, string urls);
}
