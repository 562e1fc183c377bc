using TasksBus.Contracts;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.Http;

/// <summary>
/// Without API keys, a page that somebody visits must not schedule tasks on this machine: neither by a request to another
/// origin, nor by a host name of its own that points here. With keys a page gets nowhere without one, so any host name will do.
/// </summary>
internal static class BrowserGuard
{
    /// <summary>The host names to answer to are <c>AllowedHosts</c>, joined by ';'. Default: this machine's own, and with API keys any.</summary>
    public static void AddBrowserGuard(this IServiceCollection services, IConfiguration configuration, bool hasKeys) =>
        services.AddHostFiltering(options => options.AllowedHosts =
            (configuration["AllowedHosts"] ?? (hasKeys ? "*" : "localhost;127.0.0.1;[::1]")).Split(';', StringSplitOptions.RemoveEmptyEntries));

    public static void UseBrowserGuard(this WebApplication app)
    {
        app.UseHostFiltering();
        var isOpen = !app.Services.GetRequiredService<ApiKeys>().AreConfigured;
        app.Use((context, next) =>
        {
            // An image or a link of another site's page has no origin, and a function may do something about a mere GET.
            var runsFunction = context.GetEndpoint()?.Metadata.GetMetadata<RequiredFunctionPermission>() is not null;
            if (isOpen && runsFunction && context.Request.Headers["Sec-Fetch-Site"].ToString() is ("cross-site" or "same-site"))
            {
                return ApiErrors.Result(ErrorCode.NoPermission, "Pages of another site may not run functions on a server without API keys.").ExecuteAsync(context);
            }

            var origin = context.Request.Headers.Origin.ToString();
            var own = $"{context.Request.Scheme}://{context.Request.Host}";
            return origin.Length == 0 || origin.Equals(own, StringComparison.OrdinalIgnoreCase)
                ? next(context)
                : ApiErrors.Result(ErrorCode.NoPermission, "Pages of another origin may not call this server.").ExecuteAsync(context);
        });
    }
}
