using System.Globalization;
using System.Net.Sockets;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// A thousand user ids that no other server on this machine uses. The lock is the name of an abstract socket: one server at a time can have
/// it, and it is free when the server ends, however it ends.
/// </summary>
internal sealed class UserIds : IDisposable
{
    // Above the ids of normal accounts and below those of systemd and nobody. A user namespace often maps no id above 65,535.
    public const int Lowest = 40_000;
    public const int Highest = 59_999;

    /// <summary>How many ids a server has.</summary>
    public const int Count = BlockSize - 1;

    private const int BlockSize = 1_000;

    private readonly Socket _lock;

    private UserIds(Socket @lock, int first) => (_lock, First) = (@lock, first);

    public int First { get; }

    /// <exception cref="LocalLambdaStartException">Other servers use all ids.</exception>
    public static UserIds Take()
    {
        for (var id = Lowest; id < Highest; id += BlockSize)
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint($"\0tasksbus-locallambda-users-{id.ToString(CultureInfo.InvariantCulture)}"));
                return new(socket, id + 1);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new LocalLambdaStartException(
            "Twenty servers of local functions run as root on this machine already: end one, or run this one as another user.");
    }

    public void Dispose() => _lock.Dispose();
}
