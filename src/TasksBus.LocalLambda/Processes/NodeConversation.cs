using System.Buffers;
using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// The conversation with bootstrap.mjs, over a Unix socket that only the function's user may open. That file describes the frames.
/// </summary>
internal sealed class NodeConversation : Conversation
{
    private const int InvokeHeaderSize = 50;
    private const int AnswerHeaderSize = 9;
    private const int LargestAnswer = 8 * 1024 * 1024; // bootstrap.mjs refuses results over 6 MB itself
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _answerHeader = new byte[AnswerHeaderSize];
    private Socket? _socket;

    public NodeConversation(string path, FunctionUser? user)
    {
        Path = path;
        try
        {
            _listener.Bind(new UnixDomainSocketEndPoint(path));
            _listener.Listen(1);
            if (user is not null)
            {
                Disk.Own(path, user.Id, user.Id);
            }
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>The path of the socket, until the process has connected.</summary>
    public string Path { get; }

    public override bool MarksLog => true;

    public override async Task<Message> BeginAsync(Task exited)
    {
        try
        {
            var accepted = _listener.AcceptAsync();
            if (await Task.WhenAny(accepted, exited).ConfigureAwait(false) != accepted)
            {
                return Message.Ended;
            }

            _socket = await accepted.ConfigureAwait(false);
            return await ReceiveAsync().ConfigureAwait(false);
        }
        catch (SocketException)
        {
            return Message.Ended;
        }
        finally
        {
            _listener.Dispose();
            File.Delete(Path);
        }
    }

    public override async ValueTask<Message> AskAsync(Invocation invocation, double deadline, Task exited)
    {
        var length = InvokeHeaderSize + invocation.TraceId.Length + invocation.Event.Length;
        var frame = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            WriteFrame(invocation, deadline, frame);
            for (var sent = 0; sent < length;)
            {
                sent += await _socket!.SendAsync(frame.AsMemory(sent, length - sent)).ConfigureAwait(false);
            }
        }
        catch (SocketException)
        {
            return Message.Ended;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }

        return await ReceiveAsync().ConfigureAwait(false);
    }

    public override void Dispose()
    {
        _socket?.Dispose();
        _listener.Dispose();
    }

    private static void WriteFrame(Invocation invocation, double deadline, Span<byte> frame)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, invocation.Event.Length);
        frame[4] = invocation.Log.IsWanted ? (byte)1 : (byte)0;
        Encoding.ASCII.GetBytes(invocation.RequestId, frame.Slice(5, 36));
        BinaryPrimitives.WriteDoubleLittleEndian(frame[41..], deadline);
        frame[49] = (byte)Encoding.ASCII.GetBytes(invocation.TraceId, frame[InvokeHeaderSize..]);
        invocation.Event.Span.CopyTo(frame[(InvokeHeaderSize + invocation.TraceId.Length)..]);
    }

    private async ValueTask<Message> ReceiveAsync()
    {
        try
        {
            if (await FillAsync(_answerHeader).ConfigureAwait(false)
                && BinaryPrimitives.ReadInt32LittleEndian(_answerHeader) is >= 0 and <= LargestAnswer and var length)
            {
                var memory = BinaryPrimitives.ReadInt32LittleEndian(_answerHeader.AsSpan(5));
                var received = Message.Rent((MessageKind)_answerHeader[4], length, memory);
                if (await FillAsync(received.Rented.AsMemory(0, length)).ConfigureAwait(false))
                {
                    return received;
                }
            }
        }
        catch (SocketException)
        {
            // The process was killed in the middle of a frame.
        }

        return Message.Ended;
    }

    private async ValueTask<bool> FillAsync(Memory<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var read = await _socket!.ReceiveAsync(buffer).ConfigureAwait(false);
            if (read == 0)
            {
                return false;
            }

            buffer = buffer[read..];
        }

        return true;
    }
}
