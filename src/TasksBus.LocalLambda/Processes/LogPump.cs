using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>Splits what a process writes into lines and passes them to the invocation that runs in it.</summary>
internal sealed class LogPump
{
    private const int LongestLine = 16 * 1024; // a longer one is broken up: memory stays bounded whatever is written
    private const int EndMarkRoom = 64; // but never inside the mark that ends an invocation's log

    /// <summary>The invocation that the lines belong to.</summary>
    public volatile InvocationLog? Current;

    /// <summary>Reads until the process, and every child that shares the pipe, has closed it.</summary>
    public async Task RunAsync(Stream output)
    {
        await Task.Yield();
        var buffer = new byte[1024];
        var filled = 0;
        try
        {
            while (await output.ReadAsync(buffer.AsMemory(filled)).ConfigureAwait(false) is > 0 and var read)
            {
                filled += read;
                var rest = buffer.AsSpan(0, filled);
                while (rest.IndexOf((byte)'\n') is >= 0 and var end)
                {
                    Current?.Append(rest[..end]);
                    rest = rest[(end + 1)..];
                }

                if (rest.Length == LongestLine)
                {
                    Current?.Append(rest[..^EndMarkRoom]);
                    rest = rest[^EndMarkRoom..];
                }

                rest.CopyTo(buffer);
                filled = rest.Length;
                if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(buffer.Length * 4, LongestLine));
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process was killed, and its pipe is closed.
        }

        if (filled > 0)
        {
            Current?.Append(buffer.AsSpan(0, filled));
        }
    }
}
