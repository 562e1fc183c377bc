using System.Globalization;
using System.Net;
using System.Security.Cryptography;

namespace TasksBus.LocalLambda.Processes;

/// <summary>Finds out which user is at the other end of a TCP connection on this machine.</summary>
internal static class LoopbackPeer
{
    private const int Looks = 10;
    private const int LocalAddressField = 1;
    private const int RemoteAddressField = 2;
    private const int UserField = 7;

    private static readonly string[] s_lists = ["/proc/net/tcp", "/proc/net/tcp6"];

    /// <summary>
    /// On Linux this is an address in 127.0.0.0/8 that nobody can guess, because all of that range is this machine. On other systems it is
    /// 127.0.0.1.
    /// </summary>
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

    /// <summary>
    /// Returns true when the other end is a socket of that user. Outside Linux, where the system does not say, it returns true for every
    /// user.
    /// </summary>
    /// <remarks>
    /// The kernel's list is read in pieces. While other sockets come and go a line may be missing, so a socket that was not found is looked
    /// for again. Both ends are compared, because another connection may have the same port, even one that has just ended and belongs to
    /// nobody.
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
                // A client with an IPv6 socket has the same address, written in the IPv6 form.
                if (fields.Length > UserField && fields[LocalAddressField].EndsWith(peer, StringComparison.Ordinal)
                    && fields[RemoteAddressField].EndsWith(here, StringComparison.Ordinal))
                {
                    return fields[UserField];
                }
            }
        }

        return null;
    }

    /// <summary>Formats an end as the kernel does: the address as one number in the machine's byte order, and the port.</summary>
    private static string InKernel(IPEndPoint end) =>
        string.Create(CultureInfo.InvariantCulture, $"{BitConverter.ToUInt32(end.Address.MapToIPv4().GetAddressBytes()):X8}:{end.Port:X4}");
}
