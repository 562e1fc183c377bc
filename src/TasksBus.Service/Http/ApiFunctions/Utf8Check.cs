using System.Text;
using System.Text.Unicode;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>Checks, piece by piece, whether bytes are UTF-8, and splits them where characters end.</summary>
internal struct Utf8Check
{
    private Buffer _open;
    private int _count;

    /// <summary>The beginning of a character whose rest has not arrived yet: at most three bytes.</summary>
    [System.Runtime.CompilerServices.InlineArray(4)]
    private struct Buffer
    {
        private byte _first;
    }

    /// <summary>A character that has begun and not ended.</summary>
    public readonly byte[] Open => ((ReadOnlySpan<byte>)_open)[.._count].ToArray();

    /// <summary>Checks a piece.</summary>
    /// <param name="joined">The character that began in earlier pieces, if this piece ends it. Otherwise empty.</param>
    /// <param name="whole">The characters that are entirely in this piece.</param>
    /// <returns>False when the bytes are not UTF-8.</returns>
    public bool TryTake(ReadOnlySpan<byte> piece, out byte[] joined, out ReadOnlySpan<byte> whole)
    {
        joined = [];
        whole = [];
        var taken = 0;
        while (_count > 0 && taken < piece.Length)
        {
            _open[_count++] = piece[taken++];
            switch (Rune.DecodeFromUtf8(((ReadOnlySpan<byte>)_open)[.._count], out _, out _))
            {
                case System.Buffers.OperationStatus.Done:
                    joined = Open;
                    _count = 0;
                    break;
                case System.Buffers.OperationStatus.InvalidData:
                    return false;
                default:
                    break;
            }
        }

        if (_count > 0)
        {
            return true;
        }

        var rest = piece[taken..];
        var tail = 0;
        for (var length = 1; length <= Math.Min(3, rest.Length); length++)
        {
            if (Rune.DecodeFromUtf8(rest[^length..], out _, out _) == System.Buffers.OperationStatus.NeedMoreData)
            {
                tail = length;
            }
        }

        whole = rest[..^tail];
        if (!Utf8.IsValid(whole))
        {
            whole = [];
            return false;
        }

        rest[^tail..].CopyTo(_open);
        _count = tail;
        return true;
    }
}
