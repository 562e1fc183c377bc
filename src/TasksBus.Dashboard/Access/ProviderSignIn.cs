using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using TasksBus.Dashboard.Hosting;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Access;

/// <summary>
/// Sign-in by an OpenID Connect provider: the authorization code flow with PKCE, as ASP.NET Core's library does it. Its state is protected
/// with the keys that all processes share, so any process can serve the way back.
/// </summary>
internal static class ProviderSignIn
{
    public const string Scheme = "Provider";

    /// <summary>How long somebody may take at the provider.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(15);

    public static void AddProviderSignIn(this IServiceCollection services, SignInProvider provider)
    {
        services.AddScoped<ProviderEvents>();
        // AddOpenIdConnect would also read settings of its own.
        services.AddAuthenticationCore().AddWebEncoders();
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<OpenIdConnectOptions>, OpenIdConnectPostConfigureOptions>());
        new AuthenticationBuilder(services).AddRemoteScheme<OpenIdConnectOptions, Handler>(
            Scheme, displayName: null, options => Configure(options, provider));
    }

    private static void Configure(OpenIdConnectOptions options, SignInProvider provider)
    {
        var settings = provider.Options;
        (options.ClientId, options.ClientSecret) = (settings.ClientId, settings.ClientSecret);
        options.Scope.Clear();
        foreach (var scope in settings.Scopes)
        {
            options.Scope.Add(scope);
        }

        (options.ConfigurationManager, options.TokenHandler) = (provider.Metadata, provider.IdTokens);
        options.ResponseType = OpenIdConnectResponseType.Code;
        // Every provider can do it. The answer comes by a link, with which browsers send Lax cookies, over http too.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.CallbackPath = DashboardPaths.Callback;
        (options.SignedOutCallbackPath, options.RemoteSignOutPath) = (default, default);
        options.EventsType = typeof(ProviderEvents);
        options.GetClaimsFromUserInfoEndpoint = settings.UserInfo;
        options.MapInboundClaims = false;
        options.ClaimActions.Clear();
        options.DisableTelemetry = true;
        options.RemoteAuthenticationTimeout = options.ProtocolValidator.NonceLifetime = s_patience;
        Restrict(options.CorrelationCookie, "tasksbus-sign-in.");
        Restrict(options.NonceCookie, "tasksbus-sign-in-nonce.");
        options.Backchannel = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = 1_000_000,
        };
    }

    private static void Restrict(CookieBuilder cookie, string name)
    {
        cookie.Name = name;
        cookie.SameSite = SameSiteMode.Lax;
        cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
    }

    /// <summary>The library's handler without its log, which repeats cookies and what the provider says of users.</summary>
    private sealed class Handler(IOptionsMonitor<OpenIdConnectOptions> options, HtmlEncoder htmlEncoder, UrlEncoder encoder)
        : OpenIdConnectHandler(options, NullLoggerFactory.Instance, htmlEncoder, encoder);
}
