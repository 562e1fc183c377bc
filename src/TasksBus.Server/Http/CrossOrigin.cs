using TasksBus.Server.Hosting;

namespace TasksBus.Server.Http;

/// <summary>Which pages of other origins may call, from <c>TasksBus:Cors</c>. Nothing is allowed unless it is set.</summary>
/// <param name="Origins">Such as <c>https://app.example.org</c>, or <c>*</c> alone.</param>
/// <param name="AllowsCredentials">Whether browsers may send cookies along, for a proxy in front that reads them: the server itself never does.</param>
internal sealed record CrossOrigin(IReadOnlyList<string> Origins, bool AllowsCredentials)
{
    public const string Section = "TasksBus:Cors";

    private const string Any = "*";

    private static readonly string[] s_fields = ["Origins", "AllowCredentials"];

    /// <param name="isClosed">Whether callers must show an API key or a token.</param>
    /// <exception cref="StartException">A setting is not what it should be.</exception>
    public static CrossOrigin Read(IConfiguration configuration, bool isClosed)
    {
        var section = configuration.GetSection(Section);
        if (section.Value is { Length: > 0 } || section.GetChildren().Any(static field => !s_fields.Contains(field.Key, StringComparer.OrdinalIgnoreCase)))
        {
            throw new StartException($"{Section} has a setting that is not known. It has {string.Join(" and ", s_fields)}.");
        }

        var allowsCredentials = section["AllowCredentials"] switch
        {
            null => false,
            var text when bool.TryParse(text, out var value) => value,
            var text => throw new StartException($"{Section}:AllowCredentials is {text}; it must be true or false."),
        };
        string[] origins = [.. SettingLists.Read(section.GetSection("Origins")).Select(Check)];
        return !origins.Contains(Any) ? new(origins, allowsCredentials)
            : allowsCredentials ? throw new StartException($"{Section}: credentials cannot be allowed to every origin. Name the origins, or leave AllowCredentials out.")
            : origins.Length > 1 ? throw new StartException($"{Section}:Origins has * beside other origins. Write * alone, or name the origins.")
            : !isClosed ? throw new StartException($"{Section}:Origins is *, and anyone may call without a key: any page that somebody visits could run tasks. Name the origins, or configure API keys or an issuer of tokens.")
            : new(origins, false);
    }

    public bool Allows(string origin) => Origins is [Any] || Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>Answers preflight requests, and tells browsers which pages may read answers.</summary>
    public void Use(WebApplication app)
    {
        if (Origins.Count == 0)
        {
            return;
        }

        app.UseCors(policy =>
        {
            policy.WithOrigins([.. Origins]).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("WWW-Authenticate", "Retry-After").SetPreflightMaxAge(TimeSpan.FromMinutes(10));
            if (AllowsCredentials)
            {
                policy.AllowCredentials();
            }
        });
    }

    private static string Check(string origin) =>
        origin == Any || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.GetLeftPart(UriPartial.Authority).Equals(origin, StringComparison.OrdinalIgnoreCase))
            ? origin
            : throw new StartException($"{Section}:Origins has '{origin}', which is no origin. Write scheme, host and port only, such as https://app.example.org, without a path.");
}
