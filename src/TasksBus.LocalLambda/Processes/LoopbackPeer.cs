using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace TasksBus.LocalLambda.Processes;

/// <summary>Who is at the other end of a TCP connection on this machine.</summary>
internal static class LoopbackPeer
{
    private const int Looks = 10;
    private const int LocalAddressField = 1;
    private const int RemoteAddressField = 2;
    private const int UserField = 7;

    private static readonly string[] s_lists = ["/proc/net/tcp", "/proc/net/tcp6"];

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
    /// <remarks>
    /// The kernel's list is read in pieces, and while sockets come and go elsewhere a line may be left out of it: what is not found is looked for
    /// again. Both ends are compared, for a port may be another connection's too, be it one that has just ended and is nobody's.
    /// </remarks>
    public static async ValueTask<bool> IsOfAsync(int userId, EndPoint? remote, EndPoint? local)
    {
        if (!OperatingSystem.IsLinux())
        {
            return true;
        }

        if (remote is not IPEndPoint peer || local is not IPEndPoint here)
        {
            return false;
        }

        for (var look = 1; look <= Looks; look++)
        {
            if (FindUser(InKernel(peer), InKernel(here)) is { } user)
            {
                return user == userId.ToString(CultureInfo.InvariantCulture);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(look)).ConfigureAwait(false);
        }

        return false;
    }

    private static string? FindUser(string peer, string here)
    {
        foreach (var list in s_lists.Where(File.Exists))
        {
            foreach (var line in File.ReadLines(list))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                // A client with a socket for IPv6 comes from the same address, written as one of IPv6.
                if (fields.Length > UserField && fields[LocalAddressField].EndsWith(peer, StringComparison.Ordinal) && fields[RemoteAddressField].EndsWith(here, StringComparison.Ordinal))
                {
                    return fields[UserField];
                }
            }
        }

        return null;
    }

    /// <summary>As the kernel writes it: the address as one number in the machine's own order, and the port.</summary>
    private static string InKernel(IPEndPoint end) =>
        string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(end.Address.MapToIPv4().GetAddressBytes()):X8}:{end.Port:X4}");
}
