using System.Runtime.InteropServices;

namespace TasksBus.Tool.Output;

/// <summary>
/// The standard output where it is a pipe or a file, on Unix. The stream of <see cref="Console"/> drops what nobody reads, so a command
/// would go on for ever.
/// </summary>
internal sealed partial class PipedOutput : Stream
{
    private const int StandardOutput = 1;

    private const int Interrupted = 4;
    private const int BrokenPipe = 32;

    private const short CanWriteNow = 0x4;
    private const short HasFailed = 0x8;
    private const short IsHungUp = 0x10;

    /// <summary>
    /// Never comes on a pipe that is written to. Linux needs no event to report a closed pipe; macOS needs one, and tail of GNU asks for
    /// this one.
    /// </summary>
    private const short PriorityBand = 0x80;

    private const int ForEver = -1;

    /// <summary>A pipe that another program set not to block is full.</summary>
    private static readonly int s_wouldBlock = OperatingSystem.IsLinux() ? 11 : 35;

    private readonly Lazy<CancellationToken> _unread = new(Watch);

    /// <summary>Canceled when nobody reads the output any more. It is watched from the first call on.</summary>
    public CancellationToken Unread => _unread.Value;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
        // Nothing is held back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <exception cref="OutputClosedException">Nobody reads it.</exception>
    /// <exception cref="ToolException">It cannot be written, such as to a disk that is full.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            var written = Write(StandardOutput, buffer, (nuint)buffer.Length);
            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            var error = Marshal.GetLastPInvokeError();
            if (error == BrokenPipe)
            {
                throw new OutputClosedException();
            }

            if (error == s_wouldBlock)
            {
                Look(CanWriteNow);
            }
            else if (error != Interrupted)
            {
                throw new ToolException(ExitCode.Fault, $"The output cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.");
            }
        }
    }

    /// <summary>Lets a thread wait until the reader is gone. The kernel wakes it, and then only.</summary>
    private static CancellationToken Watch()
    {
        CancellationTokenSource unread = new();
        Thread watcher = new(() =>
        {
            if ((Look(PriorityBand) & (HasFailed | IsHungUp)) != 0)
            {
                unread.Cancel();
            }
        })
        {
            IsBackground = true,
            Name = "Reader of the output",
        };
        watcher.Start();
        return unread.Token;
    }

    /// <summary>Waits until something happens to the output.</summary>
    /// <returns>What happened. 0 when that cannot be known.</returns>
    private static short Look(short events)
    {
        Polled output = new() { Descriptor = StandardOutput, Events = events };
        while (Poll(ref output, 1, ForEver) < 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                return 0;
            }
        }

        return output.Happened;
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Polled polled, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }
}
