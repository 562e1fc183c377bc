using Microsoft.IdentityModel.Protocols;
using TasksBus.Server.Hosting;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>Who is let in, as the settings say.</summary>
/// <param name="Keys">The configured API keys.</param>
/// <param name="Jwt">Whose tokens are accepted; null: nobody's.</param>
/// <param name="IsRequired">Whether every caller must be known. Otherwise anyone on this machine may call, until an API key is stored in the database.</param>
internal sealed record AuthenticationSettings(ApiKeys Keys, JwtSettings? Jwt, bool IsRequired)
{
    public const string Section = "TasksBus:RequireAuthentication";

    /// <summary>What a caller needs, for people.</summary>
    public string Needed => Jwt is null ? "An API key" : "A token or an API key";

    public string Word => Jwt is null ? "KEY" : "TOKEN";

    public string Advice => Jwt is null ? "Use one whose hash is in its settings or its database." : $"Use one that {Jwt.Issuer.OriginalString} signed for {string.Join(" or ", Jwt.Audiences)}, or an API key of this server.";

    /// <exception cref="StartException">A setting is not what it should be.</exception>
    public static AuthenticationSettings Read(IConfiguration configuration)
    {
        var (keys, jwt) = (ApiKeySettings.Read(configuration), JwtSettings.Read(configuration));
        var isSet = configuration[Section] switch
        {
            null => (bool?)null,
            var text when bool.TryParse(text, out var value) => value,
            var text => throw new StartException($"{Section} is {text}; it must be true or false."),
        };
        return isSet == false && (keys.AreConfigured || jwt is not null)
            ? throw new StartException($"{Section} is false, and there are API keys or an issuer of tokens: every caller needs one then. Remove the one setting or the others.")
            : new(keys, jwt, isSet ?? (keys.AreConfigured || jwt is not null));
    }

    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(this);
        services.AddSingleton<FailedAttempts>();
        // A process that is no api has no such store, and nothing to guard with it.
        services.AddSingleton(static provider => new StoredApiKeys(provider.GetService<ApiKeyStore>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StoredApiKeys>>()));
        if (Jwt is not null)
        {
            services.AddSingleton<IDocumentRetriever, IssuerDocuments>();
            services.AddSingleton(provider => new IssuerKeys(
                Jwt.Issuer, provider.GetRequiredService<IDocumentRetriever>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<IssuerKeys>>()));
            services.AddSingleton(provider => new JwtTokens(Jwt, provider.GetRequiredService<IssuerKeys>()));
        }

        services.AddSingleton(provider => new Authenticator(
            this, provider.GetRequiredService<StoredApiKeys>(), provider.GetService<JwtTokens>(), provider.GetRequiredService<FailedAttempts>(),
            provider.GetRequiredService<IFunctionPolicyStore>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Authenticator>>()));
    }
}
