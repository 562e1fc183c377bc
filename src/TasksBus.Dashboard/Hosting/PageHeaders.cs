using Microsoft.AspNetCore.Http;

namespace TasksBus.Dashboard.Hosting;

/// <summary>The headers by which a browser limits what pages of the dashboard may do, and who may show them.</summary>
internal static class PageHeaders
{
    /// <summary>MudBlazor writes its theme into a style element, and sizes into style attributes. Nothing else may be inline.</summary>
    public const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    public static void Set(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XFrameOptions = "DENY";
        // The address of the way back from the provider has a code in it.
        headers["Referrer-Policy"] = context.Request.Path == DashboardPaths.Callback ? "no-referrer" : "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        if (!DashboardPaths.IsAsset(context.Request.Path))
        {
            headers.CacheControl = "no-store";
        }
    }
}
