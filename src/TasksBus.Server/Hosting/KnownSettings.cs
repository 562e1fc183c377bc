using TasksBus.Lambda;
using TasksBus.Server.Http;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.Hosting;

/// <summary>The settings of this program, and those that .NET's host reads.</summary>
internal static class KnownSettings
{
    public static IReadOnlyList<KnownSetting> Ours { get; } =
    [
        .. KnownSetting.Of(typeof(TasksBusOptions), TasksBusOptions.Section),
        .. KnownSetting.Of(typeof(LambdaOptions), LambdaOptions.Section),
        // Their readers look at each field, and repeat nothing of a key that somebody put in the wrong place.
        new(ApiKeySettings.Section) { IsOpen = true },
        .. JwtSettings.Fields.SelectMany(static field => List($"{JwtSettings.Section}:{field}")),
        .. List($"{CrossOrigin.Section}:Origins"),
        Switch($"{CrossOrigin.Section}:AllowCredentials"),
        .. List(TrustedProxies.Section),
        Switch(AuthenticationSettings.Section),
        new("ConnectionStrings:tasksbus"),
        new("ConnectionStrings:rabbitmq"),
    ];

    private static readonly string[] s_sectionsOfTheHost = ["Logging", "Kestrel", "Certificates", "HostBuilder"];

    private static readonly string[] s_namesOfTheHost =
    [
        "urls", "AllowedHosts", "http_ports", "https_ports", "https_port", "environment", "contentRoot", "webroot", "applicationName", "startupAssembly",
        "detailedErrors", "captureStartupErrors", "hostingStartupAssemblies", "hostingStartupExcludeAssemblies", "preventHostingStartup",
        "preferHostingUrls", "suppressStatusMessages", "shutdownTimeoutSeconds", "servicesStartConcurrently", "servicesStopConcurrently",
        "staticWebAssets", "forwardedHeaders_Enabled",
    ];

    public static IReadOnlyList<KnownSetting> OfTheHost { get; } =
    [
        .. s_sectionsOfTheHost.Select(static section => new KnownSetting(section) { IsOpen = true }),
        .. s_namesOfTheHost.Select(static name => new KnownSetting(name)),
    ];

    public static IEnumerable<KnownSetting> All => Ours.Concat(OfTheHost);

    /// <summary>Names to look a misspelt one up in.</summary>
    public static IEnumerable<string> Names => All.Select(static setting => setting.Name);

    private static KnownSetting Switch(string name) => new(name) { Type = typeof(bool), MustBe = "true or false" };

    /// <summary>Joined by ',', or each with a number of its own.</summary>
    private static KnownSetting[] List(string name) => [new(name), new($"{name}:0")];
}
