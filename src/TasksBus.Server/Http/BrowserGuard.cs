using TasksBus.Contracts;
using TasksBus.Server.Http.ApiFunctions;
using TasksBus.Server.Http.Authentication;

namespace TasksBus.Server.Http;

/// <summary>
/// Without API keys, a page that somebody visits must not schedule tasks on this machine: neither by a request to another
/// origin, nor by a host name of its own that points here. With keys a page gets nowhere without one, so any host name will do.
/// Only pages of the origins in <c>TasksBus:Cors</c> may call from elsewhere.
/// </summary>
internal static class BrowserGuard
{
    /// <summary>The host names to answer to are <c>AllowedHosts</c>, joined by ';'. Default: this machine's own, and where callers must be known any.</summary>
    public static void AddBrowserGuard(this IServiceCollection services, IConfiguration configuration, bool isClosed, FunctionPages pages)
    {
        services.AddHostFiltering(options =>
        {
            var names = configuration["AllowedHosts"] ?? (isClosed ? "*" : "localhost;127.0.0.1;[::1]");
            options.AllowedHosts = [.. names.Split(';', StringSplitOptions.RemoveEmptyEntries), .. pages.Host is { } host ? [host] : Array.Empty<string>()];
            // It is told as other errors are.
            options.IncludeFailureMessage = false;
        });
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(new HostRefusal()));
    }

    public static void UseBrowserGuard(this WebApplication app, CrossOrigin others)
    {
        app.Use(static (context, next) =>
        {
            context.Features.Set(Passed.It);
            return next(context);
        });
        others.Use(app);
        var authentication = app.Services.GetRequiredService<AuthenticationNeed>();
        app.Use(async (context, next) =>
        {
            var origin = context.Request.Headers.Origin.ToString();
            // An image or a link of another site's page has no origin, and a function may do something about a mere GET.
            var runsFunction = context.GetEndpoint()?.Metadata.GetMetadata<RequiredFunctionPermission>() is not null;
            if (runsFunction && context.Request.Headers["Sec-Fetch-Site"].ToString() is ("cross-site" or "same-site") && !others.Allows(origin) && !await authentication.IsRequiredAsync(context.RequestAborted))
            {
                await ApiErrors.Result(ErrorCode.NoPermission, "Pages of another site may not run functions on a server that lets in anybody.").ExecuteAsync(context);
                return;
            }

            // A page of a function, whose origin is its own alone, sends forms to it: a function that lets in strangers lets in these. Any page may have that origin; what a proxy
            // lets in for a cookie comes with an Authorization, which no form can send.
            if (origin == "null" && context.Request.Headers.Authorization.Count == 0 && context.GetEndpoint()?.Metadata.GetMetadata<ServedOnFunctionsHost>() is not null && await authentication.IsRequiredAsync(context.RequestAborted))
            {
                await next(context);
                return;
            }

            await (origin.Length == 0 || origin.Equals($"{context.Request.Scheme}://{context.Request.Host}", StringComparison.OrdinalIgnoreCase) || others.Allows(origin)
                ? next(context)
                : ApiErrors.Result(ErrorCode.NoPermission, "Pages of this origin may not call this server. TasksBus:Cors:Origins in its settings says which may.").ExecuteAsync(context));
        });
    }

    /// <summary>Around .NET's own filter of host names, which stands before all else and says nothing of its own here.</summary>
    private sealed class HostRefusal : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(static async (context, next) =>
            {
                // On every answer: no browser takes it for something else than its type says, such as a text that a caller chose for a script.
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

    /// <summary>On a request whose host name is one to answer to.</summary>
    private sealed class Passed
    {
        public static readonly Passed It = new();
    }
}
