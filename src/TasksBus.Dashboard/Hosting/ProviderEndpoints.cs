using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using TasksBus.Dashboard.Access;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Dashboard.Hosting;

/// <summary>The ways to the OpenID Connect provider and back.</summary>
internal static class ProviderEndpoints
{
    /// <summary>The provider repeats the page in an address, and long addresses may fail on the way.</summary>
    private const int MaxPage = 1_000;

    public static void MapProvider(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(DashboardPaths.Provider, (RequestDelegate)StartAsync);
        endpoints.MapGet(DashboardPaths.Callback, (RequestDelegate)ReturnAsync);
        endpoints.MapGet(DashboardPaths.ProviderSignOut, (RequestDelegate)SignOutAsync);
    }

    private static Task StartAsync(HttpContext context)
    {
        var page = DashboardPaths.AfterSignIn(context.Request.Query["return"]);
        page = page.Length <= MaxPage ? page : DashboardPaths.Home;
        return TryAsync(context, page, () => context.ChallengeAsync(ProviderSignIn.Scheme, new() { RedirectUri = page }));
    }

    private static async Task ReturnAsync(HttpContext context)
    {
        var handlers = context.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        await ((IAuthenticationRequestHandler)(await handlers.GetHandlerAsync(context, ProviderSignIn.Scheme))!).HandleRequestAsync();
    }

    /// <summary>
    /// Ends the session at the provider too (RP-Initiated Logout). This server keeps no ID token, so the provider learns its client id and
    /// may ask the visitor.
    /// </summary>
    private static Task SignOutAsync(HttpContext context) => TryAsync(context, DashboardPaths.Home, async () =>
    {
        var provider = context.RequestServices.GetRequiredService<SignIns>().Provider!;
        var known = await provider.Metadata.GetConfigurationAsync(context.RequestAborted);
        OpenIdConnectMessage message = new()
        {
            IssuerAddress = known.EndSessionEndpoint,
            ClientId = provider.Options.ClientId,
            EnableTelemetryParameters = false,
            PostLogoutRedirectUri = $"{context.Request.Scheme}://{context.Request.Host}{DashboardPaths.SignIn}",
        };
        context.Response.Redirect(
            string.IsNullOrEmpty(known.EndSessionEndpoint) ? DashboardPaths.SignIn : message.CreateLogoutRequestUrl());
    });

    /// <summary>Asks the provider, of which anything may come.</summary>
    private static async Task TryAsync(HttpContext context, string page, Func<Task> ask)
    {
        try
        {
            await ask();
        }
        catch (Exception exception) when (!context.RequestAborted.IsCancellationRequested)
        {
            context.RequestServices.GetRequiredService<ProviderEvents>().Fail(context, exception, page);
        }
    }
}
