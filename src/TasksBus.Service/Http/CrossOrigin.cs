using TasksBus.Service.Hosting;

namespace TasksBus.Service.Http;

/// <summary>The pages of other origins that may call.</summary>
internal sealed record CrossOrigin(CorsOptions Options)
{
    /// <param name="isClosed">True when callers must show an API key or a token.</param>
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static CrossOrigin Read(IConfiguration configuration, bool isClosed)
    {
        var options = SettingReader.Read<CorsOptions>(configuration, CorsOptions.Section);
        return options.AllowsAny && !isClosed
            ? throw new StartException(
                $"{CorsOptions.Section}:Origins is *, and anyone may call without a key: any page that somebody visits could run tasks. "
                    + "Name the origins, or configure API keys or an issuer of tokens.")
            : new(options);
    }

    public bool Allows(string origin) => Options.AllowsAny || Options.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase);

    /// <summary>Answers preflight requests, and tells browsers which pages may read answers.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (Options.Origins.Count == 0)
        {
            return;
        }

        app.UseCors(policy =>
        {
            policy.WithOrigins([.. Options.Origins]).AllowAnyMethod().AllowAnyHeader().WithExposedHeaders("WWW-Authenticate", "Retry-After")
                .SetPreflightMaxAge(TimeSpan.FromMinutes(10));
            if (Options.AllowCredentials)
            {
                policy.AllowCredentials();
            }
        });
    }
}
