using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using TasksBus.Functions;
using TasksBus.Server.Http;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.Hosting;

/// <summary>A setting that somebody reads.</summary>
/// <param name="Name">
/// As it is shown: <c>TasksBus:Pools:NAME:0</c>, where <c>NAME</c> stands for any name and <c>0</c> for any number.
/// </param>
internal sealed record KnownSetting(string Name)
{
    private const string AnyName = "NAME";
    private const string AnyNumber = "0";

    private readonly string[] _parts = Name.Split(':');

    /// <summary>What its value is converted into; null: it stays a text.</summary>
    public Type? Type { get; init; }

    /// <summary>What its value must be.</summary>
    public string MustBe { get; init; } = "a text";

    /// <summary>Whether all below is known too: somebody else looks at it.</summary>
    public bool IsOpen { get; init; }

    public bool Is(string[] parts) =>
        (IsOpen ? parts.Length >= _parts.Length : parts.Length == _parts.Length) && Begins(parts, _parts.Length);

    /// <summary>Whether it stands below what the parts name.</summary>
    public bool IsBelow(string[] parts) => parts.Length < _parts.Length && Begins(parts, parts.Length);

    /// <summary>Why a value cannot be; null: it is of the right type. Whether it is in its range is its owner's affair.</summary>
    public string? FaultOf(string path, string value)
    {
        if (Type is null || (value.Length == 0 && Nullable.GetUnderlyingType(Type) is not null))
        {
            return null;
        }

        try
        {
            TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(Type) ?? Type).ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Each converter throws what it likes. An address may hold a password.
            return value.Contains('@', StringComparison.Ordinal)
                ? $"{path} must be {MustBe}."
                : $"{path} is {(value.Length == 0 ? "empty" : value)}; it must be {MustBe}.";
        }
    }

    private bool Begins(string[] parts, int count) => Enumerable.Range(0, count).All(i => _parts[i] switch
    {
        AnyName => parts[i].Length > 0,
        AnyNumber => int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out _),
        var part => part.Equals(parts[i], StringComparison.OrdinalIgnoreCase),
    });

    /// <summary>The settings that a type of options has.</summary>
    public static IEnumerable<KnownSetting> Of(Type options, string section) =>
        options.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => Of(property, $"{section}:{property.Name}"));

    private static IEnumerable<KnownSetting> Of(PropertyInfo property, string name) => property.PropertyType switch
    {
        var type when type == typeof(string) => [new(name) { MustBe = MustBeAttribute.Of(property) }],
        var type when type.IsValueType || type == typeof(Uri) => [new(name) { Type = type, MustBe = MustBeAttribute.Of(property) }],
        var type when type.IsAssignableTo(typeof(IEnumerable<string>)) => [new($"{name}:{AnyNumber}")],
        { IsGenericType: true } => [new($"{name}:{AnyName}:{AnyNumber}")],
        var type => Of(type, name),
    };
}

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
        "preferHostingUrls", "suppressStatusMessages", "shutdownTimeoutSeconds", "staticWebAssets", "forwardedHeaders_Enabled",
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
