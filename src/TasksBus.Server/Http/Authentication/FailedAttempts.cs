using System.Net;
using System.Net.Sockets;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// Counts the tokens that let nobody in, for each address: 20 at once, then one every three seconds. Only further failures are told to wait, so whoever
/// shares the address and has a good token is not shut out; guessing one of 256 bits is hopeless at any rate. What an IPv6 network of 64 bits sends counts as one
/// address, for one machine has all of its addresses. .NET's own rate limiters will not do: they keep a limiter for each address however many come, tell how long to
/// wait in whole periods only, and look ten times a second for some that are idle.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    public const int AtOnce = 20;

    /// <summary>One more is allowed after each.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    /// <summary>About 1 MB. Beyond that all other addresses share one account.</summary>
    private const int MaxAddresses = 10_000;

    private readonly Lock _lock = new();

    private readonly long _begunAt = time.GetTimestamp();

    // When each account is even again, since the beginning: every failure puts it off, and time brings it nearer.
    private readonly Dictionary<IPAddress, TimeSpan> _evenAt = [];

    /// <summary>How many addresses are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _evenAt.Count;
            }
        }
    }

    /// <summary>Notes a failure.</summary>
    /// <returns>How long the address must wait before it may fail again; zero where it needs not.</returns>
    public TimeSpan Add(IPAddress? address)
    {
        var now = time.GetElapsedTime(_begunAt);
        lock (_lock)
        {
            var account = Account(Network(address), now);
            var owed = (_evenAt.TryGetValue(account, out var even) && even > now ? even - now : TimeSpan.Zero) + Every;
            var limit = AtOnce * Every;
            if (owed > limit)
            {
                return owed - limit;
            }

            _evenAt[account] = now + owed;
            return TimeSpan.Zero;
        }
    }

    private IPAddress Account(IPAddress network, TimeSpan now)
    {
        if (_evenAt.Count < MaxAddresses || _evenAt.ContainsKey(network))
        {
            return network;
        }

        foreach (var (address, even) in _evenAt)
        {
            if (even <= now)
            {
                _evenAt.Remove(address);
            }
        }

        return _evenAt.Count < MaxAddresses ? network : IPAddress.None;
    }

    private static IPAddress Network(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            // Without an address: a Unix socket.
            return address ?? IPAddress.Loopback;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        var bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new(bytes);
    }
}
