using TasksBus.Lambda;
using TasksBus.Server.Telemetry;
using TasksBus.Service.Http;
using TasksBus.Settings;

namespace TasksBus.Server.Hosting;

/// <summary>The settings of this program, and those that .NET's host reads.</summary>
internal static class KnownSettings
{
    public static IReadOnlyList<Setting> Ours { get; } =
    [
        .. Setting.Of<TasksBusOptions>(TasksBusOptions.Section),
        new("ConnectionStrings:tasksbus")
        {
            Description = "a cluster's PostgreSQL: Host=...;Port=5432;Database=...;Username=...;Password=...; with "
                + "ConnectionStrings:rabbitmq, or neither to run alone",
        },
        new("ConnectionStrings:rabbitmq") { Description = "a cluster's RabbitMQ: amqp://USER:PASSWORD@HOST:5672/VHOST", Value = "URL" },
        .. Setting.Of<LambdaOptions>(LambdaOptions.Section),
        .. HttpApi.Settings,
        .. Setting.Of<TelemetryOptions>(TasksBusOptions.Section),
    ];

    /// <summary>Settings of .NET's host that users of this program need.</summary>
    private static readonly Setting[] s_describedOfTheHost =
    [
        new("urls")
        {
            Description = "where to listen; beyond this machine only with API keys or tokens",
            Value = "URL",
            Default = ListenAddresses.Default,
        },
        new("Logging:Console:FormatterName") { Description = "the log as JSON, an object a line", Value = "json", Default = "simple" },
        new("AllowedHosts")
        {
            Description = "host names to answer to, joined by ';'",
            Value = "NAMES",
            Default = "this machine's own; any, if clients need keys",
        },
    ];

    private static readonly string[] s_sectionsOfTheHost = ["Logging", "Kestrel", "Certificates", "HostBuilder"];

    private static readonly string[] s_namesOfTheHost =
    [
        "http_ports", "https_ports", "https_port", "environment", "contentRoot", "webroot", "applicationName", "startupAssembly",
        "detailedErrors", "captureStartupErrors", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup",
        "preferHostingUrls", "suppressStatusMessages", "shutdownTimeoutSeconds", "servicesStartConcurrently", "servicesStopConcurrently",
        "staticWebAssets", "forwardedHeaders_Enabled",
    ];

    public static IReadOnlyList<Setting> OfTheHost { get; } =
    [
        .. s_describedOfTheHost,
        .. s_sectionsOfTheHost.Select(static section => new Setting(section) { IsOpen = true }),
        .. s_namesOfTheHost.Select(static name => new Setting(name)),
    ];

    public static IEnumerable<Setting> All => Ours.Concat(OfTheHost);

    /// <summary>The settings that are described to users, in order. <c>--help</c> and the documentation are made from them.</summary>
    public static IEnumerable<Setting> Described => OfTheHost.Concat(Ours).Where(static setting => setting.Description is not null);

    /// <summary>The names in which a misspelt one is looked up.</summary>
    public static IEnumerable<string> Names => All.Select(static setting => setting.Name);

    /// <summary>Returns true when some code reads a setting of that name, or settings below it.</summary>
    public static bool Know(string name)
    {
        var parts = name.Split(':');
        return All.Any(known => known.Is(parts) || known.IsBelow(parts));
    }
}
