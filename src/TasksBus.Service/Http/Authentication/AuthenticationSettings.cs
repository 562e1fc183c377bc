using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.IdentityModel.Protocols;
using TasksBus.Service.Hosting;
using TasksBus.Storage;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Which callers are admitted, according to the settings.</summary>
/// <param name="Keys">The configured API keys.</param>
/// <param name="Jwt">The issuer whose tokens are accepted. Null when there is none.</param>
/// <param name="SignIn">The provider by which people sign in to the dashboard. Null when there is none.</param>
/// <param name="Groups">What the values of an issuer's claim allow.</param>
/// <param name="IsRequired">True when every caller must be known. Otherwise anyone on this machine may call, until an API key is stored in
/// the database.</param>
internal sealed record AuthenticationSettings(
    ApiKeys Keys, JwtOptions? Jwt, SignInOptions? SignIn, PermissionGroups Groups, bool IsRequired)
{
    /// <summary>What a caller needs, as a text for people.</summary>
    public string Needed => Jwt is null ? "An API key" : "A token or an API key";

    public string Word => Jwt is null ? "KEY" : "TOKEN";

    public string Advice => Jwt is null ? "Use one whose hash is in its settings or its database."
        : $"Use one that {Jwt.Issuer!.OriginalString} signed for {string.Join(" or ", Jwt.Audience)}, or an API key of this server.";

    /// <exception cref="StartException">A setting is not valid.</exception>
    public static AuthenticationSettings Read(IConfiguration configuration)
    {
        var keys = ApiKeySettings.Read(configuration);
        var jwt = configuration.GetSection(JwtOptions.Section).GetChildren().Any()
            ? SettingReader.Read<JwtOptions>(configuration, JwtOptions.Section) : null;
        var signIn = SignInOptions.Read(configuration, jwt);
        var groups = PermissionGroups.Read(configuration);
        if (groups.AreConfigured && jwt is null && signIn is null)
        {
            throw new StartException(
                $"{PermissionGroups.Section} says what roles and groups of an issuer allow, and there is no issuer. Set "
                    + $"{JwtOptions.Section}:Issuer or {SignInOptions.Section}:Issuer, or remove the groups.");
        }

        var isClosed = keys.AreConfigured || jwt is not null || signIn is not null;
        var isSet = SettingReader.Read<CallerOptions>(configuration, TasksBusOptions.Section).RequireAuthentication;
        return isSet == false && isClosed
            ? throw new StartException(
                "TasksBus:RequireAuthentication is false, and there are API keys, an issuer of tokens or a sign-in: every caller must be "
                    + "known then. Remove the one setting or the others.")
            : new(keys, jwt, signIn, groups, isSet ?? isClosed);
    }

    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(this);
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<StoredApiKeys>();
        services.AddSingleton<IDocumentRetriever, IssuerDocuments>();
        if (Jwt is not null)
        {
            services.AddSingleton(provider => KeysOf(Jwt.Issuer!, provider));
            services.AddSingleton(provider => new JwtTokens(Jwt, provider.GetRequiredService<IssuerKeys>(), Groups));
        }

        if (SignIn is not null)
        {
            services.AddSingleton(provider => new SignInProvider(
                SignIn, Groups,
                SignIn.Issuer == Jwt?.Issuer ? provider.GetRequiredService<IssuerKeys>() : KeysOf(SignIn.Issuer!, provider)));
        }

        AddHandlers(services);
    }

    private static IssuerKeys KeysOf(Uri issuer, IServiceProvider services) => new(
        issuer, services.GetRequiredService<IDocumentRetriever>(), services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<ILogger<IssuerKeys>>());

    private void AddHandlers(IServiceCollection services)
    {
        services.AddSingleton<AuthenticationNeed>();
        services.AddSingleton(static provider => new SignIns(
            provider.GetRequiredService<AuthenticationNeed>(), provider.GetRequiredService<AuthenticationSettings>(),
            provider.GetRequiredService<StoredApiKeys>(), provider.GetRequiredService<FailedAttempts>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetService<SignInProvider>()));
        // AddAuthentication would also add Data Protection, which writes keys somewhere.
        services.AddAuthenticationCore(static options => options.DefaultScheme = ApiKeyHandler.SchemeName);
        var handlers = new AuthenticationBuilder(services);
        handlers.AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(
            ApiKeyHandler.SchemeName,
            options => options.ForwardDefaultSelector = context =>
                context.Features.Get<Caller>() is not null ? AdmittedHandler.SchemeName
                : Jwt is not null && IsJwt(context.Request) ? JwtHandler.SchemeName
                : null);
        handlers.AddScheme<AuthenticationSchemeOptions, AdmittedHandler>(AdmittedHandler.SchemeName, null);
        if (Jwt is not null)
        {
            handlers.AddScheme<AuthenticationSchemeOptions, JwtHandler>(JwtHandler.SchemeName, null);
        }

        services.AddAuthorization(static options => options.FallbackPolicy = new([new KnownCaller()], []));
        // Requests skip authorization when anyone may call; see AccessControl.
        services.Configure<RouteOptions>(static options => options.SuppressCheckForUnhandledSecurityMetadata = true);
        services.AddSingleton(static provider => new NextRead<FunctionPolicies>(
            () => provider.GetRequiredService<IFunctionPolicyStore>().RefreshFunctionsAsync(CancellationToken.None),
            TimeSpan.Zero, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IAuthorizationHandler, CallerAuthorization>();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, AccessAnswers>();
        // These services keep nothing of a request, and by default several are created for each one.
        services.AddSingleton<IPolicyEvaluator, PolicyEvaluator>();
        services.AddSingleton<IAuthorizationService, DefaultAuthorizationService>();
        services.AddSingleton<IAuthorizationPolicyProvider, DefaultAuthorizationPolicyProvider>();
    }

    /// <summary>A configured key may look like a token, because the settings may contain the hash of any text.</summary>
    private bool IsJwt(HttpRequest request) =>
        BearerHandler.TokenOf(request) is var token && JwtTokens.IsOne(token) && Keys.Find(token) is null;
}
