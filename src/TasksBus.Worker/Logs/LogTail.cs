using System.Globalization;
using System.Text;

namespace TasksBus.Worker.Logs;

/// <summary>The log of one run: the last 256 KB of it, in whole lines, as of a local function.</summary>
internal sealed class LogTail
{
    /// <summary>The number of bytes that are kept.</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly Lock _lock = new();
    private readonly Queue<(string Line, int Bytes)> _lines = [];
    private long _kept;
    private long _cut;

    /// <summary>Adds a line, which may contain line breaks.</summary>
    public void Add(string line)
    {
        var bytes = Encoding.UTF8.GetByteCount(line) + 1;
        lock (_lock)
        {
            if (bytes > MaxBytes)
            {
                // No character takes more than three bytes, so the end of the line fits.
                var end = line[^(MaxBytes / 3)..];
                var rest = Encoding.UTF8.GetByteCount(end) + 1;
                _cut += bytes - rest;
                (line, bytes) = (end, rest);
            }

            _lines.Enqueue((line, bytes));
            _kept += bytes;
            while (_kept > MaxBytes)
            {
                var oldest = _lines.Dequeue().Bytes;
                (_kept, _cut) = (_kept - oldest, _cut + oldest);
            }
        }
    }

    /// <summary>The log. Null when nothing was written.</summary>
    public string? Text()
    {
        lock (_lock)
        {
            return _lines.Count == 0 ? null : string.Concat(
                _cut == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"... ({_cut} bytes before this were cut)\n"),
                string.Join('\n', _lines.Select(static line => line.Line)));
        }
    }
}
