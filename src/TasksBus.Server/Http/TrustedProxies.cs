using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using TasksBus.Server.Hosting;
using IPNetwork = System.Net.IPNetwork;

namespace TasksBus.Server.Http;

/// <summary>
/// The proxies whose word for a caller's address and scheme counts, from <c>TasksBus:TrustedProxies</c>. Anyone else could claim any address with
/// <c>X-Forwarded-For</c>, so without the setting that header means nothing.
/// </summary>
internal static class TrustedProxies
{
    public const string Section = "TasksBus:TrustedProxies";

    /// <exception cref="StartException">A setting is not what it should be.</exception>
    public static IReadOnlyList<IPNetwork> Read(IConfiguration configuration) =>
    [
        .. SettingLists.Read(configuration.GetSection(Section)).Select(static text =>
            IPNetwork.TryParse(text, out var network) ? network
            : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
            : throw new StartException($"{Section} is {text}; it must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8, or several joined by ','.")),
    ];

    public static void UseTrustedProxies(this WebApplication app, IReadOnlyList<IPNetwork> proxies)
    {
        if (proxies.Count == 0)
        {
            return;
        }

        ForwardedHeadersOptions options = new() { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
        {
            options.KnownIPNetworks.Add(proxy);
        }

        app.UseForwardedHeaders(options);
    }
}
