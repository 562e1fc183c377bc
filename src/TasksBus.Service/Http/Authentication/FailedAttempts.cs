using System.Net;
using System.Net.Sockets;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// Counts failed tokens for each address: 20 at once, then one every three seconds. Only further failures are told to wait. So somebody who
/// shares the address and has a valid token is not locked out, and guessing a token of 256 bits is hopeless in any case. An IPv6 network of
/// 64 bits counts as one address, because one machine has all of its addresses. .NET's own rate limiters cannot be used: they keep a
/// limiter for each address without a bound, give waits only in whole periods, and look for idle limiters ten times a second.
/// </summary>
internal sealed class FailedAttempts(TimeProvider time)
{
    public const int AtOnce = 20;

    /// <summary>One more failure is allowed after each interval.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    /// <summary>About 1 MB. Beyond that number all other addresses share one account.</summary>
    private const int MaxAddresses = 10_000;

    private readonly Lock _lock = new();

    private readonly long _begunAt = time.GetTimestamp();

    // When each account is balanced again, as a time since the start. Every failure postpones it.
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

    /// <summary>Records a failure.</summary>
    /// <returns>How long the address must wait before it may fail again. Zero when it need not wait.</returns>
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
            // A Unix socket has no address.
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
