using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// One Node.js process with one function loaded: started cold, then one invocation at a time. The frames are described in
/// bootstrap.mjs. Every way to end it (a time-out, the server's end, its own exit) shows as <see cref="MessageKind.Ended"/>.
/// </summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private const int InvokeHeaderSize = 49;
    private const int AnswerHeaderSize = 9;
    private const int LargestAnswer = 8 * 1024 * 1024; // bootstrap.mjs refuses results over 6 MB itself
    private static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Socket _listener;
    private readonly string _socketPath;
    private readonly bool _leadsGroup;
    private readonly LogPump _log = new();
    private readonly Deadline _deadline;
    private readonly Task _outputRead;
    private readonly byte[] _answerHeader = new byte[AnswerHeaderSize];
    private Socket? _socket;

    private NodeProcess(Function function, Process process, Socket listener, string socketPath, bool leadsGroup, TimeProvider time)
    {
        Function = function;
        _process = process;
        Id = process.Id;
        _listener = listener;
        _socketPath = socketPath;
        _leadsGroup = leadsGroup;
        _deadline = new Deadline(time, Kill);
        _outputRead = Task.WhenAll(_log.RunAsync(process.StandardOutput.BaseStream), _log.RunAsync(process.StandardError.BaseStream));
        Exited = WaitForExitAsync();
        IdleNode = new LinkedListNode<NodeProcess>(this);
        IdleOfFunctionNode = new LinkedListNode<NodeProcess>(this);
    }

    public Function Function { get; }

    public int Id { get; }

    /// <summary>Completes when the process has ended, with its exit code: 128 plus the signal where one ended it.</summary>
    public Task<int> Exited { get; }

    /// <summary>Whether the end of the process was a time-out's doing.</summary>
    public bool TimedOut => _deadline.Passed;

    /// <summary>Its place in the pool's lists while it is idle.</summary>
    public LinkedListNode<NodeProcess> IdleNode { get; }

    /// <inheritdoc cref="IdleNode"/>
    public LinkedListNode<NodeProcess> IdleOfFunctionNode { get; }

    /// <summary>When it became idle, as a timestamp of the pool's clock.</summary>
    public long IdleSince { get; set; }

    public static NodeProcess Start(Function function, NodeRuntime runtime, HostFolder folder, Lifeline lifeline, TimeProvider time)
    {
        var path = folder.SocketPath(Guid.NewGuid().ToString("N")[..12]);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(1);
            var process = Process.Start(runtime.Describe(function, folder.Bootstrap, path, lifeline.Path))!;
            ProcessGroup.ForbidCoreFiles(process.Id);
            process.StandardInput.Close();
            return new NodeProcess(function, process, listener, path, runtime.LeadsGroup, time);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Waits until the function is loaded: Ready, InitFailed or Ended.</summary>
    public async Task<Message> InitialiseAsync(InvocationLog log, TimeSpan timeout)
    {
        _log.Current = log;
        _deadline.Start(timeout);
        try
        {
            var accepted = _listener.AcceptAsync();
            if (await Task.WhenAny(accepted, Exited).ConfigureAwait(false) != accepted)
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
            File.Delete(_socketPath);
        }
    }

    /// <summary>Runs the function once: Result, Failed, Crashed or Ended.</summary>
    public async ValueTask<Message> InvokeAsync(Invocation invocation)
    {
        _log.Current = invocation.Log;
        _deadline.Start(Function.Settings.Timeout);
        var length = InvokeHeaderSize + invocation.Event.Length;
        var frame = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            WriteFrame(invocation, frame);
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

    /// <summary>Ends it and whatever it has started, at once.</summary>
    public void Kill()
    {
        // Once it is gone, its id may be another's.
        if (!Exited.IsCompleted)
        {
            ProcessGroup.Kill(_process, _leadsGroup);
        }
    }

    /// <summary>Ends it and frees what it held. Nobody may be waiting for its answer.</summary>
    public async ValueTask DisposeAsync()
    {
        Kill();
        await ExitAsync().ConfigureAwait(false);
        _process.StandardOutput.Dispose();
        _process.StandardError.Dispose();
        _socket?.Dispose();
        _listener.Dispose();
        _deadline.Dispose();
        _process.Dispose();
    }

    /// <summary>The exit code of a process whose connection has ended, once all that it wrote is in the log.</summary>
    public async Task<int> ExitAsync()
    {
        try
        {
            var code = await Exited.WaitAsync(ExitGrace).ConfigureAwait(false);
            await _outputRead.WaitAsync(ExitGrace).ConfigureAwait(false);
            return code;
        }
        catch (TimeoutException)
        {
            Kill(); // it has closed its connection but lives on, or a child that left the group holds its output open
            return await Exited.ConfigureAwait(false);
        }
    }

    private void WriteFrame(Invocation invocation, Span<byte> frame)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame, invocation.Event.Length);
        frame[4] = invocation.Log.WantsTail ? (byte)1 : (byte)0;
        Encoding.ASCII.GetBytes(invocation.RequestId, frame.Slice(5, 36));
        BinaryPrimitives.WriteDoubleLittleEndian(frame[41..], _deadline.UnixMilliseconds);
        invocation.Event.Span.CopyTo(frame[InvokeHeaderSize..]);
    }

    private async ValueTask<Message> ReceiveAsync()
    {
        var message = Message.Ended;
        try
        {
            if (await FillAsync(_answerHeader).ConfigureAwait(false)
                && BinaryPrimitives.ReadInt32LittleEndian(_answerHeader) is >= 0 and <= LargestAnswer and var length)
            {
                var memory = BinaryPrimitives.ReadInt32LittleEndian(_answerHeader.AsSpan(5));
                var received = Message.Rent((MessageKind)_answerHeader[4], length, memory);
                if (await FillAsync(received.Rented.AsMemory(0, length)).ConfigureAwait(false))
                {
                    message = received;
                }
            }
        }
        catch (SocketException)
        {
            // Killed in mid-frame.
        }

        if (!_deadline.Stop() && message.Kind != MessageKind.Ended)
        {
            message.Dispose();
            message = Message.Ended;
        }

        return message;
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

    private async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync().ConfigureAwait(false);
        if (_leadsGroup)
        {
            ProcessGroup.KillRemains(Id);
        }

        return _process.ExitCode;
    }
}
