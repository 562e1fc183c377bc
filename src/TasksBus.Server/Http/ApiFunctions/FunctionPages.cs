using Microsoft.Net.Http.Headers;
using TasksBus.Contracts;

namespace TasksBus.Server.Http.ApiFunctions;

/// <summary>
/// What pages of functions may do in a browser. On the API's own host they share an origin with the API and with each other: there each answer
/// has an origin of its own (a sandbox), and what holds for the whole host is left out of it. On a host name that functions have for
/// themselves, and that serves nothing else, all passes.
/// </summary>
/// <param name="Host">The host name of functions; null: they have none.</param>
internal sealed record FunctionPages(string? Host)
{
    private const string Sandbox = "sandbox allow-scripts allow-forms";

    /// <summary>What holds for a whole origin, or host, and not for one answer.</summary>
    private static readonly HashSet<string> s_ofTheHost = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Critical-CH", "Expect-CT", "NEL", "Origin-Agent-Cluster", "Public-Key-Pins", "Public-Key-Pins-Report-Only",
        "Report-To", "Service-Worker-Allowed", "Set-Cookie", "Set-Cookie2", "Set-Login", "Strict-Transport-Security",
    };

    /// <summary>Serves functions only on their own host, and nothing but them.</summary>
    public void Use(WebApplication app)
    {
        if (Host is null)
        {
            return;
        }

        app.Use((context, next) => !IsOwn(context.Request) || context.GetEndpoint()?.Metadata.GetMetadata<ServedOnFunctionsHost>() is not null
            ? next(context)
            : ApiErrors.Result(ErrorCode.ResourceUnknown, $"On {Host} there are API functions only.").ExecuteAsync(context));
    }

    /// <summary>
    /// Whether a browser asks for the script of a service worker, which could answer for other functions too: a script's folder is what its
    /// worker answers for, and that of <c>/tasks/v1/api/NAME</c> holds all functions.
    /// </summary>
    public bool Refuses(HttpRequest request) => !IsOwn(request) && request.Headers["Service-Worker"].Count > 0;

    /// <summary>Whether a header of a function's answer is sent.</summary>
    public bool Passes(string header, HttpRequest request) => IsOwn(request) || !s_ofTheHost.Contains(header);

    /// <summary>Says what browsers need to know of a function's answer, whose headers are there.</summary>
    public void Guard(HttpResponse response)
    {
        if (!IsOwn(response.HttpContext.Request))
        {
            // Beside a policy of the function's own: browsers keep to all of them.
            response.Headers.Append(HeaderNames.ContentSecurityPolicy, Sandbox);
        }
    }

    private bool IsOwn(HttpRequest request) => Host is not null && request.Host.Host.Equals(Host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>On an endpoint: it is there on the host of functions too.</summary>
internal sealed record ServedOnFunctionsHost;
