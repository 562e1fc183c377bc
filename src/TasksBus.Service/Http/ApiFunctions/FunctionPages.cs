using Microsoft.Net.Http.Headers;
using TasksBus.Contracts;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>
/// Restricts what pages of functions may do in a browser. On the API's own host they share an origin with the API and with each other.
/// There each answer gets an opaque origin (a sandbox), and headers that apply to the whole host are left out. On a host name that serves
/// only functions, everything is passed on.
/// </summary>
/// <param name="Host">The host name of functions. Null when they have none.</param>
internal sealed record FunctionPages(string? Host)
{
    private const string Sandbox = "sandbox allow-scripts allow-forms";

    /// <summary>Headers that apply to a whole origin or host, and not to a single answer.</summary>
    private static readonly HashSet<string> s_ofTheHost = new(StringComparer.OrdinalIgnoreCase)
    {
        "Accept-CH", "Alt-Svc", "Clear-Site-Data", "Critical-CH", "Expect-CT", "NEL", "Origin-Agent-Cluster", "Public-Key-Pins",
        "Public-Key-Pins-Report-Only", "Report-To", "Service-Worker-Allowed", "Set-Cookie", "Set-Cookie2", "Set-Login",
        "Strict-Transport-Security",
    };

    /// <summary>Serves functions on their own host, and nothing else there.</summary>
    public void Use(IApplicationBuilder app)
    {
        if (Host is null)
        {
            return;
        }

        app.Use(
            (context, next) => !IsOwn(context.Request) || context.GetEndpoint()?.Metadata.GetMetadata<ServedOnFunctionsHost>() is not null
            ? next(context)
            : ApiErrors.Result(ErrorCode.ResourceUnknown, $"On {Host} there are API functions only.").ExecuteAsync(context));
    }

    /// <summary>
    /// Returns true when a browser asks for the script of a service worker. A worker answers for the folder of its script, and that of
    /// <c>/tasks/v1/api/NAME</c> contains all functions, so it could answer for other functions too.
    /// </summary>
    public bool Refuses(HttpRequest request) => !IsOwn(request) && request.Headers["Service-Worker"].Count > 0;

    /// <summary>Returns true when a header of a function's answer is sent.</summary>
    public bool Passes(string header, HttpRequest request) => IsOwn(request) || !s_ofTheHost.Contains(header);

    /// <summary>Adds the headers that browsers need for a function's answer. The function's own headers must be there already.</summary>
    public void Guard(HttpResponse response)
    {
        if (!IsOwn(response.HttpContext.Request))
        {
            // This is added to a policy of the function's own, because browsers apply all policies.
            response.Headers.Append(HeaderNames.ContentSecurityPolicy, Sandbox);
        }
    }

    /// <summary>Returns true when a request comes by the host name of functions.</summary>
    public bool IsOwn(HttpRequest request) => Host is not null && request.Host.Host.Equals(Host, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Marks an endpoint that is also served on the host of functions.</summary>
internal sealed record ServedOnFunctionsHost;
