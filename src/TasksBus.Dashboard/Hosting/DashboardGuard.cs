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

    private const string AskAgain =
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta http-equiv=\"refresh\" content=\"0\"><title>TasksBus</title>"
        + "</html>";

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
        var tickets = services.GetRequiredService<SignInTickets>();
        ClaimsPrincipal nobody = new();
        // The form belongs to nobody yet, whoever is signed in elsewhere in the browser.
        context.User = context.Request.Path != DashboardPaths.SignIn && tickets.Read(context.Request) is { } ticket
            ? Visitor.ToPrincipal(ticket) : nobody;
        return context.Request.Path == DashboardPaths.SignIn
            || await Visitor.FindAsync(context.User, services.GetRequiredService<SignIns>(), tickets, context.RequestAborted) is not null;
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

        if (context.Request.Headers["Sec-Fetch-Site"] == "cross-site" && HttpMethods.IsGet(context.Request.Method)
            && !SignInTickets.IsIn(context.Request))
        {
            // A browser keeps the cookie back when a link of another site leads here, and sends it when this page asks again.
            context.Response.ContentType = "text/html; charset=utf-8";
            return context.Response.WriteAsync(AskAgain);
        }

        var wanted = Uri.EscapeDataString($"{context.Request.Path}{context.Request.QueryString}");
        context.Response.Redirect($"{DashboardPaths.SignIn}?return={wanted}");
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
