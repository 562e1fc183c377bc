using TasksBus.Contracts;
using TasksBus.Service.Http.ApiFunctions;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Service.Http;

/// <summary>
/// Without API keys, a page that somebody visits must not schedule tasks on this machine, neither by a request to another origin, nor
/// through a host name that points here. With keys, no page can do anything without one, so any host name is accepted. Only pages of the
/// origins in <c>TasksBus:Cors</c> may call from elsewhere.
/// </summary>
internal static class BrowserGuard
{
    /// <param name="allowedHosts">The accepted host names, joined by ';'. Null means this machine's own names, or any name when callers
    /// must be known.</param>
    public static void AddBrowserGuard(this IServiceCollection services, string? allowedHosts, bool isClosed, FunctionPages pages)
    {
        services.AddHostFiltering(options =>
        {
            var names = allowedHosts ?? (isClosed ? "*" : "localhost;127.0.0.1;[::1]");
            options.AllowedHosts = [
                .. names.Split(';', StringSplitOptions.RemoveEmptyEntries), .. pages.Host is { } host ? [host] : Array.Empty<string>()];
            // The refusal is written in the form of other errors.
            options.IncludeFailureMessage = false;
        });
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(new HostRefusal()));
    }

    /// <summary>Marks requests whose host name is accepted, so that no other error is taken for a refused one.</summary>
    public static void UsePassedHost(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        context.Features.Set(Passed.It);
        return next(context);
    });

    public static void UseBrowserGuard(this IApplicationBuilder app, CrossOrigin others)
    {
        others.Use(app);
        var authentication = app.ApplicationServices.GetRequiredService<AuthenticationNeed>();
        app.Use(async (context, next) =>
        {
            var origin = context.Request.Headers.Origin.ToString();
            // An image or a link on another site's page sends no origin, and a function may act on a mere GET.
            var runsFunction = context.GetEndpoint()?.Metadata.GetMetadata<RequiredFunctionPermission>() is not null;
            if (runsFunction && context.Request.Headers["Sec-Fetch-Site"].ToString() is ("cross-site" or "same-site")
                && !others.Allows(origin) && !await authentication.IsRequiredAsync(context.RequestAborted))
            {
                await ApiErrors.Result(
                    ErrorCode.NoPermission, "Pages of another site may not run functions on a server that lets in anybody.")
                    .ExecuteAsync(context);
                return;
            }

            // A page of a function has an opaque origin and may send forms to its function. A function that is open to strangers accepts
            // these forms. Any page may have an opaque origin. A request that a proxy admits because of a cookie has an Authorization
            // header, which no form can send.
            if (origin == "null" && context.Request.Headers.Authorization.Count == 0
                && context.GetEndpoint()?.Metadata.GetMetadata<ServedOnFunctionsHost>() is not null
                && await authentication.IsRequiredAsync(context.RequestAborted))
            {
                await next(context);
                return;
            }

            var own = $"{context.Request.Scheme}://{context.Request.Host}";
            await (origin.Length == 0 || origin.Equals(own, StringComparison.OrdinalIgnoreCase) || others.Allows(origin)
                ? next(context)
                : ApiErrors.Result(
                    ErrorCode.NoPermission,
                    "Pages of this origin may not call this server. TasksBus:Cors:Origins in its settings says which may.")
                    .ExecuteAsync(context));
        });
    }

    /// <summary>Wraps .NET's own filter of host names, which runs before everything else and writes no message of its own here.</summary>
    private sealed class HostRefusal : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(static async (context, next) =>
            {
                // This is on every answer, so that no browser takes it for another type than it says, such as a caller's text for a script.
                context.Response.Headers.XContentTypeOptions = "nosniff";
                await next(context);
                if (context.Response is { HasStarted: false, StatusCode: 400 } && context.Features.Get<Passed>() is null)
                {
                    var message = $"This server does not answer to the host name '{context.Request.Host.Host}'. "
                        + "Use one of its own, such as localhost; AllowedHosts in its settings may name others.";
                    await ApiErrors.Result(ErrorCode.FieldFormat, message).ExecuteAsync(context);
                }
            });
            next(app);
        };
    }

    /// <summary>Marks a request whose host name is accepted.</summary>
    private sealed class Passed
    {
        public static readonly Passed It = new();
    }
}
