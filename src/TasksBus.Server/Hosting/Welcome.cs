using TasksBus.Server.Logging;
using TasksBus.Service.Http;

namespace TasksBus.Server.Hosting;

/// <summary>What a server prints once it runs: a text with a command to try, or an entry in a log that programs read.</summary>
internal static partial class Welcome
{
    /// <param name="api">Null when the process has no API.</param>
    public static void Say(
        IConfiguration configuration, ILogger logger, IReadOnlyList<string> urls, TasksBusOptions options, HttpApi? api)
    {
        if (!ServerLogging.IsForPeople(configuration))
        {
            Runs(logger, options.Roles, string.Join(", ", urls));
        }
        else if (api is null)
        {
            Console.WriteLine($"TasksBus runs as {options.Roles}{(urls.Count > 0 ? $"; probes: {urls[0]}/health/ready" : "")}.");
        }
        else
        {
            var key = api.IsClosed ? $"-H 'Authorization: Bearer {api.Credential}' " : "";
            const string Task = """{"functionName":"hello","data":{"name":"world"}}""";
            Console.WriteLine(
                $"""

                TasksBus listens on {string.Join(" and ", urls)}. Try:
                  curl -s {urls[0]}/tasks/v1/ {key}-H 'Content-Type: application/json' -d '{Task}'
                {(options.Dashboard ? $"Or open {urls[0]}/dashboard in a browser.\n" : "")}
                """);
        }
    }

    [LoggerMessage(505, LogLevel.Information, "TasksBus runs as {Roles} and listens on {Urls}")]
    private static partial void Runs(ILogger logger, string roles, string urls);
}
