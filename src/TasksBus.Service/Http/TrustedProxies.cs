using Microsoft.AspNetCore.HttpOverrides;

namespace TasksBus.Service.Http;

/// <summary>
/// The proxies that are trusted to give a caller's address and scheme, from <c>TasksBus:TrustedProxies</c>. Anyone else could claim any
/// address with <c>X-Forwarded-For</c>, so without the setting that header is ignored.
/// </summary>
internal static class TrustedProxies
{
    public static void UseTrustedProxies(this IApplicationBuilder app, IReadOnlyList<string> proxies)
    {
        if (proxies.Count == 0)
        {
            return;
        }

        ForwardedHeadersOptions options =
            new() { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            options.KnownIPNetworks.Add(CallerOptions.Network(proxy)!.Value);
        }

        app.UseForwardedHeaders(options);
    }
}
