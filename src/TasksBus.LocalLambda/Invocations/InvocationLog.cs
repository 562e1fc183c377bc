using System.Text;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>
/// The log of one invocation: every line goes to the server's log, and the last 4 KB are kept where the caller has asked
/// for them (X-Amz-Log-Type: Tail).
/// </summary>
internal sealed class InvocationLog(string requestId, string functionName, bool wantsTail, ILogger logger)
{
    /// <summary>As much as Lambda returns.</summary>
    public const int TailSize = 4_096;

    private const byte Mark = 0x1e;
    private const int MarkLength = 37; // with the request's id
    private static readonly TimeSpan EndGrace = TimeSpan.FromMilliseconds(500);
    private readonly Lock _lock = new();
    private readonly byte[] _tail = wantsTail ? new byte[2 * TailSize] : [];
    private readonly byte[] _endMark = wantsTail ? Encoding.ASCII.GetBytes($"\u001e{requestId}") : [];
    private readonly TaskCompletionSource? _ended = wantsTail ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
    private int _filled;

    public bool WantsTail { get; } = wantsTail;

    /// <summary>Whether anybody reads the lines that Lambda adds: START, END and REPORT.</summary>
    public bool WantsFrame => WantsTail || logger.IsEnabled(LogLevel.Debug);

    /// <summary>A line of the function's.</summary>
    public void Append(ReadOnlySpan<byte> line)
    {
        if (line.Length >= MarkLength && line[^MarkLength] == Mark)
        {
            // Another invocation's mark, too late for its own log, is no line of this one's.
            var isOurs = WantsTail && line.EndsWith(_endMark);
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
            Log.FunctionWrote(logger, functionName, Encoding.UTF8.GetString(line));
        }

        Keep(line);
    }

    /// <summary>A line that Lambda adds.</summary>
    public void AppendFrame(string line)
    {
        Log.LambdaWrote(logger, functionName, line);
        if (WantsTail)
        {
            Keep(Encoding.UTF8.GetBytes(line));
        }
    }

    /// <summary>Waits until all that was written before the answer has been read; half a second is the most it waits.</summary>
    public async ValueTask WaitForEndAsync()
    {
        if (_ended is not null && !_ended.Task.IsCompleted)
        {
            await Task.WhenAny(_ended.Task, Task.Delay(EndGrace)).ConfigureAwait(false);
        }
    }

    /// <summary>The last 4 KB, from the start of a character on; null where nobody has asked.</summary>
    public string? TailAsBase64()
    {
        if (!WantsTail)
        {
            return null;
        }

        lock (_lock)
        {
            var tail = _tail.AsSpan(0, _filled);
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

    private void Keep(ReadOnlySpan<byte> line)
    {
        if (!WantsTail)
        {
            return;
        }

        lock (_lock)
        {
            if (line.Length >= TailSize)
            {
                line = line[^(TailSize - 1)..];
            }

            if (_filled + line.Length + 1 > _tail.Length)
            {
                _tail.AsSpan(_filled - TailSize, TailSize).CopyTo(_tail);
                _filled = TailSize;
            }

            line.CopyTo(_tail.AsSpan(_filled));
            _filled += line.Length;
            _tail[_filled++] = (byte)'\n';
        }
    }
}
