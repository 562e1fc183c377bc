using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace TasksBus.LocalLambda.Http;

/// <summary>Where to listen. Anyone who reaches the port may run code, so it is never beyond this machine.</summary>
internal sealed record ListenAddress(string Host, int Port)
{
    public static ListenAddress Parse(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttp || uri.AbsolutePath != "/")
        {
            // http://*:80 and http://+:80 end here too: they are no URIs.
            throw NotLoopback(url);
        }

        var host = uri.Host.Trim('[', ']');
        return host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address))
            ? new ListenAddress(host, uri.Port)
            : throw NotLoopback(url);
    }

    public void Apply(KestrelServerOptions kestrel)
    {
        if (Host != "localhost")
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

    private static LocalLambdaStartException NotLoopback(string url) =>
        new($"Local functions are served on this machine only: the URL must be like http://localhost:9001 or http://127.0.0.1:0, not '{url}'.");
}
