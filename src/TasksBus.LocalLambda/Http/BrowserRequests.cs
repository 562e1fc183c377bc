using System.Net;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// Protects against web pages when requests are not signed. A page that somebody visits must not run code on this machine, neither by a
/// request to another origin, nor through a host name that points here. Other programs than browsers send none of these headers, and use
/// this machine's name.
/// </summary>
internal static class BrowserRequests
{
    /// <summary>Returns the error to answer a page with, or null.</summary>
    public static LambdaError? Refusal(HttpRequest request)
    {
        var host = request.Host.Host;
        if (host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            && !(IPAddress.TryParse(host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)))
        {
            return new(
                403, "AccessDeniedException",
                "Without keys local functions answer to the names of this machine only: localhost, 127.0.0.1 and [::1].");
        }

        var origin = request.Headers.Origin.ToString();
        return (origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host}", StringComparison.OrdinalIgnoreCase))
            && request.Headers["Sec-Fetch-Site"].ToString() is not ("cross-site" or "same-site")
            ? null : new(403, "AccessDeniedException", "Without keys local functions answer to no page of another site.");
    }
}
