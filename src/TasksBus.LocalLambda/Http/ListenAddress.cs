using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace TasksBus.LocalLambda.Http;

/// <summary>Where to listen. Whoever reaches the port may run code, so listening beyond this machine needs keys.</summary>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>
    /// Parses one http address. An address beyond this machine is allowed only when requests must be signed, which they must when there are
    /// keys.
    /// </summary>
    public static ListenAddress Parse(string url, bool hasKeys)
    {
        if (url.Contains(';', StringComparison.Ordinal) || !TryParse(url, out var address) || address.Scheme != Uri.UriSchemeHttp
            || address.PathBase.Length > 0 || address.IsUnixPipe || address.Port > IPEndPoint.MaxPort)
        {
            throw new LocalLambdaStartException(
                $"'{url}' is no address for local functions: write one http URL, like http://localhost:9001. By default it is "
                    + "open on this machine only.");
        }

        var host = address.Host is "*" or "+" ? "::" : address.Host.Trim('[', ']').ToLowerInvariant();
        var isIp = IPAddress.TryParse(host, out var ip);
        if (host == "localhost" || (isIp && IPAddress.IsLoopback(ip!)))
        {
            return new(host, address.Port);
        }

        return !hasKeys
            ? throw new LocalLambdaStartException(
                $"Without keys local functions are served on this machine only, not on '{url}': listen on http://localhost:{address.Port}, "
                    + "or set LocalLambda:Keys:0:AccessKey and :SecretKey.")
            : !isIp ? throw new LocalLambdaStartException(
                $"'{url}' names no address of this machine: write an IP address, or http://*:{address.Port} for all.")
            : new(host, address.Port);
    }

    public void Apply(KestrelServerOptions kestrel)
    {
        if (Host == "::")
        {
            kestrel.ListenAnyIP(Port); // where there is no IPv6, IPv4
        }
        else if (Host != "localhost")
        {
            kestrel.Listen(IPAddress.Parse(Host), Port);
        }
        else if (Port == 0)
        {
            kestrel.Listen(IPAddress.Loopback, 0); // two addresses would get two ports
        }
        else
        {
            kestrel.ListenLocalhost(Port);
        }
    }

    private static bool TryParse(string url, out BindingAddress address)
    {
        try
        {
            address = BindingAddress.Parse(url);
            return true;
        }
        catch (FormatException)
        {
            address = null!;
            return false;
        }
    }
}
