using System.Net;
using System.Net.Sockets;

namespace TasksBus.Server.Hosting;

/// <summary>Where the server listens. Without authentication that is this machine only.</summary>
internal static class ListenAddresses
{
    public const string Default = "http://localhost:8080";

    /// <summary>The addresses from the settings, each checked.</summary>
    /// <exception cref="StartException">One is no address, or reaches beyond this machine.</exception>
    public static string Choose(IConfiguration configuration)
    {
        var urls = configuration["urls"] ?? Default;
        var others = configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>();
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries).Concat(others))
        {
            Check(url);
        }

        return urls;
    }

    private static void Check(string url)
    {
        BindingAddress address;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException exception)
        {
            throw new StartException($"'{url}' is no address to listen on. Write it as http://localhost:8080.", exception);
        }

        var isLoopback = address.IsUnixPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
        if (!isLoopback)
        {
            throw new StartException(
                $"Refusing to listen on {url}: that reaches beyond this machine, and no authentication is configured. Listen on http://localhost:{address.Port}, behind a proxy that authenticates.");
        }

        if (!address.IsUnixPipe)
        {
            Probe(url, IPAddress.TryParse(address.Host.Trim('[', ']'), out ip) ? ip : IPAddress.Loopback, address.Port);
        }
    }

    /// <summary>Finds a port that is in use before anything else starts. One that is taken in between ends the start too, less tersely.</summary>
    private static void Probe(string url, IPAddress ip, int port)
    {
        try
        {
            using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(ip, port));
            socket.Listen();
        }
        catch (SocketException exception)
        {
            throw new StartException(
                $"Cannot listen on {url}: {exception.Message}. Stop the program that does, or choose another address with --urls http://localhost:8081.", exception);
        }
    }
}
