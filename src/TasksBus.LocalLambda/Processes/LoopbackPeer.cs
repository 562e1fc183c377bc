using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace TasksBus.LocalLambda.Processes;

/// <summary>Who is at the other end of a TCP connection on this machine.</summary>
internal static class LoopbackPeer
{
    private const int LocalAddressField = 1;
    private const int UserField = 7;

    /// <summary>On Linux the whole of 127.0.0.0/8 is this machine: an address that nobody can guess. Elsewhere 127.0.0.1.</summary>
    public static IPAddress RandomAddress()
    {
        if (!OperatingSystem.IsLinux())
        {
            return IPAddress.Loopback;
        }

        Span<byte> address = stackalloc byte[4];
        RandomNumberGenerator.Fill(address);
        address[0] = 127;
        address[3] |= 1; // neither the network's own address nor, with 254 as the most, that for all
        address[3] &= 0xFD;
        return new IPAddress(address);
    }

    /// <summary>Whether that end is a socket of that user's. Where the system does not say, outside Linux, anybody's will do.</summary>
    public static bool IsOf(int userId, EndPoint? remote)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        if (remote is not IPEndPoint { Address: var address } end)
        {
            return false;
        }

        // As the kernel writes it: the address as one number in the machine's own order, and the port.
        var wanted = string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(address.MapToIPv4().GetAddressBytes()):X8}:{end.Port:X4}");
        foreach (var line in File.ReadLines("/proc/net/tcp").Concat(Mapped(wanted)))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > UserField && fields[LocalAddressField].EndsWith(wanted, StringComparison.Ordinal))
            {
                return fields[UserField] == userId.ToString(CultureInfo.InvariantCulture);
            }
        }

        return false;
    }

    /// <summary>A client with a socket for IPv6 comes from the same address, written as one of IPv6.</summary>
    private static IEnumerable<string> Mapped(string wanted) =>
        File.Exists("/proc/net/tcp6") ? File.ReadLines("/proc/net/tcp6").Where(line => line.Contains("0000000000000000FFFF0000" + wanted, StringComparison.Ordinal)) : [];
}
