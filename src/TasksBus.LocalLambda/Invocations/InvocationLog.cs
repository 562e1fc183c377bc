using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>How much of a log a caller asks for.</summary>
internal enum LogWish
{
    None,

    /// <summary>As Lambda does it (X-Amz-Log-Type: Tail): the last 4 KB, in a header.</summary>
    Tail,

    /// <summary>The last 256 KB, after the answer. Each line has the time at which it was written.</summary>
    Whole,
}

/// <summary>The log of one invocation. Every line goes to the server's log. The invocation keeps as much as the caller asked for.</summary>
internal sealed class InvocationLog(string requestId, string functionName, LogWish wish, ILogger logger)
{
    /// <summary>The number of bytes that Lambda returns.</summary>
    public const int TailSize = 4_096;

    /// <summary>The number of bytes that are returned when the caller asks for the whole log.</summary>
    public const int WholeSize = 256 * 1024;

    private const byte Mark = 0x1e;
    private const int MarkLength = 37; // with the request's id
    private const byte WrittenAt = 0x1f; // before a line's time
    private const int TimeLength = 24;
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private readonly int _size = wish == LogWish.Whole ? WholeSize : TailSize;
    private readonly byte[] _endMark = wish == LogWish.None ? [] : Encoding.ASCII.GetBytes($"\u001e{requestId}");
    private readonly TaskCompletionSource? _ended = wish == LogWish.None ? null : new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[] _kept = wish == LogWish.None ? [] : new byte[2 * TailSize];
    private int _filled;
    private long _cut;

    /// <summary>True when the caller asked for any of it.</summary>
    public bool IsWanted { get; } = wish != LogWish.None;

    /// <summary>True when somebody reads the lines that Lambda adds: START, END and REPORT.</summary>
    public bool WantsFrame => IsWanted || logger.IsEnabled(LogLevel.Debug);

    /// <summary>Adds a line of the function.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (line.Length >= MarkLength && line[^MarkLength] == Mark)
        {
            // Ignores a mark of another invocation that came too late for its own log.
            var isOurs = IsWanted && line.EndsWith(_endMark);
            line = line[..^MarkLength];
            if (line.Length > 0)
            {
                Append(line);
            }

            if (isOurs)
            {
                _ended!.TrySetResult();
            }

            return;
        }

        if (logger.IsEnabled(LogLevel.Information))
        {
            LocalLambdaLog.FunctionWrote(logger, functionName, Printable.Of(Encoding.UTF8.GetString(line)));
        }

        Keep(line);
    }

    /// <summary>Adds a line that Lambda adds.</summary>
    public void AppendFrame(string line)
    {
        LocalLambdaLog.LambdaWrote(logger, functionName, Printable.Of(line));
        if (IsWanted)
        {
            Keep(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>Waits until everything that was written before the answer has been read, for half a second at most.</summary>
    public async ValueTask WaitForEndAsync()
    {
        if (_ended is not null && !_ended.Task.IsCompleted)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(EndGrace)).ConfigureAwait(false);
        }
    }

    /// <summary>The last 4 KB, beginning at a whole character. Null when the caller did not ask for them.</summary>
    public string? TailAsBase64()
    {
        if (wish != LogWish.Tail)
        {
            return null;
        }

        lock (_lock)
        {
            var tail = _kept.AsSpan(0, _filled);
            if (tail.Length > TailSize)
            {
                tail = tail[^TailSize..];
                while (tail.Length > 0 && (tail[0] & 0b1100_0000) == 0b1000_0000)
                {
                    tail = tail[1..];
                }
            }

            return Convert.ToBase64String(tail);
        }
    }

    /// <summary>
    /// Everything that was kept, beginning at a whole line, and how much was cut. Null when the caller did not ask for it.
    /// </summary>
    public byte[]? Whole()
    {
        if (wish != LogWish.Whole)
        {
            return null;
        }

        lock (_lock)
        {
            var from = Math.Max(0, _filled - _size);
            if (_cut + from == 0)
            {
                return _kept[.._filled];
            }

            from += _kept.AsSpan(from, _filled - from).IndexOf((byte)'\n') + 1;
            return [
                .. Encoding.ASCII.GetBytes(
                    string.Create(CultureInfo.InvariantCulture, $"... ({_cut + from} bytes before this were cut)\n")),
                .. _kept.AsSpan(from, _filled - from)];
        }
    }

    private void Keep(ReadOnlySpan<byte> line)
    {
        if (!IsWanted)
        {
            return;
        }

        Span<byte> time = stackalloc byte[TimeLength];
        time = time[..WriteTime(time)];
        lock (_lock)
        {
            if (line.Length + time.Length >= _size)
            {
                line = line[^(_size - 1 - time.Length)..];
            }

            MakeRoom(time.Length + line.Length + 1);
            time.CopyTo(_kept.AsSpan(_filled));
            line.CopyTo(_kept.AsSpan(_filled + time.Length));
            _filled += time.Length + line.Length;
            _kept[_filled++] = (byte)'\n';
        }
    }

    /// <summary>Grows up to twice the size that is kept, then drops the oldest bytes.</summary>
    private void MakeRoom(int length)
    {
        if (_filled + length > _kept.Length && _kept.Length < 2 * _size)
        {
            Array.Resize(ref _kept, Math.Min(Math.Max(2 * _kept.Length, _filled + length), 2 * _size));
        }

        if (_filled + length > _kept.Length)
        {
            _cut += _filled - _size;
            _kept.AsSpan(_filled - _size, _size).CopyTo(_kept);
            _filled = _size;
        }
    }

    /// <summary>Writes a control character, the milliseconds since 1970 and a blank. No line of a function begins so by chance.</summary>
    private int WriteTime(Span<byte> target)
    {
        if (wish != LogWish.Whole)
        {
            return 0;
        }

        target[0] = WrittenAt;
        Utf8Formatter.TryFormat(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), target[1..], out var digits);
        target[1 + digits] = (byte)' ';
        return 2 + digits;
    }
}
