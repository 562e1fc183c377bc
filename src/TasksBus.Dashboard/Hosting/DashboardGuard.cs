using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Dashboard.Access;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Dashboard.Hosting;

/// <summary>Decides who may open the dashboard, before anything of it runs.</summary>
internal static class DashboardGuard
{
    private const string DatabaseAway =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"3\"><title>TasksBus</title>"
        + "<meta name=\"color-scheme\" content=\"light dark\"><body style=\"font-family:sans-serif;margin:4rem auto;max-width:32rem\">"
        + "<h1>The database cannot be reached now</h1><p>This page tries again by itself.</p></body></html>";

    public static async Task PassAsync(HttpContext context, RequestDelegate next)
    {
        PageHeaders.Set(context);
        if (IsForeign(context.Request))
        {
            await RefuseAsync(
                context, StatusCodes.Status403Forbidden,
                $"Pages of {context.Request.Headers.Origin} may not use the dashboard of {context.Request.Host}. A proxy must pass on the "
                    + "Host and X-Forwarded-Proto of the browser.");
            return;
        }

        try
        {
            await (DashboardPaths.IsAsset(context.Request.Path) || await IsKnownAsync(context)
                ? OpenAsync(context, next) : LeadToSignInAsync(context));
        }
        catch (StoreUnavailableException) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/html; charset=utf-8";
            await context.Response.WriteAsync(DatabaseAway);
        }
    }

    /// <summary>
    /// Returns true when a page of another origin asks. Browsers name the origin wherever a page could do harm: with WebSockets, and with
    /// forms.
    /// </summary>
    internal static bool IsForeign(HttpRequest request) =>
        request.Headers.Origin.ToString() is { Length: > 0 } origin
        && !origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase);

    /// <summary>Returns true when the visitor may go on: one who is known, or where nobody needs to be, or to the sign-in.</summary>
    private static async Task<bool> IsKnownAsync(HttpContext context)
    {
        var services = context.RequestServices;
        var (tickets, signIns) = (services.GetRequiredService<SignInTickets>(), services.GetRequiredService<SignIns>());
        // The form belongs to nobody yet, whoever is signed in elsewhere in the browser.
        var isForNobody = context.Request.Path == DashboardPaths.SignIn
            || (signIns.Provider is not null && DashboardPaths.IsOfProvider(context.Request.Path));
        ClaimsPrincipal nobody = new();
        context.User = !isForNobody && tickets.Read(context.Request) is { } ticket ? Visitor.ToPrincipal(ticket) : nobody;
        return isForNobody || await Visitor.FindAsync(context.User, signIns, tickets, context.RequestAborted) is not null;
    }

    /// <summary>Without negotiation any process of a cluster can serve a connection, so the other transports are not offered.</summary>
    private static Task OpenAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Path.StartsWithSegments($"{DashboardPaths.Circuit}/negotiate")
        || (context.Request.Path == DashboardPaths.Circuit && !IsWebSocket(context))
            ? RefuseAsync(context, StatusCodes.Status400BadRequest, "This path takes WebSockets only.") : next(context);

    private static Task LeadToSignInAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments(DashboardPaths.Circuit))
        {
            return RefuseAsync(context, StatusCodes.Status401Unauthorized, "Sign in first.");
        }

        var path = $"{context.Request.Path}{context.Request.QueryString}";
        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" && HttpMethods.IsGet(context.Request.Method)
            && !SignInTickets.IsIn(context.Request))
        {
            return PageThatLeadsOn.WriteAsync(context.Response, path);
        }

        context.Response.Redirect(DashboardPaths.SignInFor(path));
        return Task.CompletedTask;
    }

    private static bool IsWebSocket(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
        || context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true };

    private static Task RefuseAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message);
    }
}
