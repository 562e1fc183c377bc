using System.Net;
using System.Net.Sockets;
using TasksBus.Service.Hosting;

namespace TasksBus.Server.Hosting;

/// <summary>The addresses on which the server listens. When callers need not be known, that is only this machine.</summary>
internal static partial class ListenAddresses
{
    public const string Default = "http://localhost:8080";

    /// <summary>Returns the addresses from the settings, each checked.</summary>
    /// <param name="isClosed">True when callers must show an API key or a token.</param>
    /// <exception cref="StartException">One is not an address, cannot be listened on, or would admit other machines without
    /// authentication.</exception>
    public static string Choose(IConfiguration configuration, bool isClosed)
    {
        foreach (var url in All(configuration))
        {
            Check(url, isClosed);
        }

        return Urls(configuration);
    }

    /// <summary>Keys are secrets, and plain http shows them to whoever sees the traffic.</summary>
    public static void WarnOfPlainHttp(IConfiguration configuration, ILogger logger)
    {
        var open = All(configuration).Where(static url => !IsLoopback(Parse(url)) && Parse(url).Scheme == Uri.UriSchemeHttp).ToList();
        if (open.Count > 0)
        {
            LogPlainHttp(logger, string.Join(" and ", open));
        }
    }

    private static string Urls(IConfiguration configuration) => configuration["urls"] ?? Default;

    private static IEnumerable<string> All(IConfiguration configuration) =>
        Urls(configuration).Split(';', StringSplitOptions.RemoveEmptyEntries)
            .Concat(
                configuration.GetSection("Kestrel:Endpoints").GetChildren().Select(static endpoint => endpoint["Url"]).OfType<string>());

    private static void Check(string url, bool isClosed)
    {
        var address = Parse(url);
        if (!isClosed && !IsLoopback(address))
        {
            throw new StartException(
                $"Refusing to listen on {url}: that reaches beyond this machine, and neither an API key nor an issuer is "
                    + "configured. Make a key with --new-api-key and put its hash into TasksBus:ApiKeys, or listen on "
                    + $"http://localhost:{address.Port}.");
        }

        if (!address.IsUnixPipe)
        {
            foreach (var ip in Bound(address.Host))
            {
                // As in Kestrel, a host name works without IPv6 when the machine has none.
                Probe(url, ip, address.Port, mayBeAbsent: ip.AddressFamily == AddressFamily.InterNetworkV6 && Ip(address.Host) is null);
            }
        }
    }

    private static BindingAddress Parse(string url)
    {
        FormatException? fault = null;
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.IsUnixPipe || address.Port <= IPEndPoint.MaxPort)
            {
                return address;
            }
        }
        catch (FormatException exception)
        {
            fault = exception;
        }

        throw new StartException($"'{url}' is no address to listen on. Write it as http://localhost:8080.", fault);
    }

    private static bool IsLoopback(BindingAddress address) =>
        address.IsUnixPipe || IsLocalhost(address.Host) || (Ip(address.Host) is { } ip && IPAddress.IsLoopback(ip));

    private static bool IsLocalhost(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static IPAddress? Ip(string host) => IPAddress.TryParse(host.Trim('[', ']'), out var ip) ? ip : null;

    /// <summary>
    /// The addresses that Kestrel binds: both loopbacks for localhost, and every address of the machine for *, + and any other name.
    /// </summary>
    private static IEnumerable<IPAddress> Bound(string host) =>
        Ip(host) is { } ip ? [ip]
        : IsLocalhost(host) ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : [IPAddress.IPv6Any, IPAddress.Any];

    /// <summary>
    /// Finds a port that is in use before anything else starts. A port that is taken later still ends the start, but less clearly.
    /// </summary>
    private static void Probe(string url, IPAddress ip, int port, bool mayBeAbsent)
    {
        try
        {
            using var socket = new Socket(ip.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (ip.Equals(IPAddress.IPv6Any))
            {
                socket.DualMode = true;
            }

            // Binds as Kestrel does, without SO_REUSEPORT, with which Linux might overlook a listener.
            socket.Bind(new IPEndPoint(ip, port));
            socket.Listen();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse || !mayBeAbsent)
        {
            var mend = exception.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "Stop the program that does, or choose another address" : "Choose another address";
            throw new StartException($"Cannot listen on {url}: {exception.Message}. {mend} with --urls http://localhost:8081.", exception);
        }
        catch (SocketException)
        {
            // The machine has no IPv6.
        }
    }

    [LoggerMessage(
        511, LogLevel.Warning,
        "API keys and tokens travel unencrypted to {Urls}: use https (Kestrel:Certificates:Default), or a proxy that encrypts")]
    private static partial void LogPlainHttp(ILogger logger, string urls);
}
