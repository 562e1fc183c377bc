using System.Globalization;
using System.Text;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>Decodes the inside of a JSON string to UTF-8, piece by piece, so that a large text is never in memory twice.</summary>
internal static class JsonText
{
    private const int LongestRune = 4;
    private const int EscapeLength = 6; // \uXXXX

    /// <summary>Decodes as much as fits.</summary>
    /// <param name="escaped">The text between the quotes, from JSON that was read without an error.</param>
    /// <param name="target">At least four bytes.</param>
    /// <param name="consumed">How much of the text was decoded.</param>
    /// <returns>The number of bytes written. Half of a surrogate pair becomes U+FFFD.</returns>
    public static int Decode(ReadOnlySpan<byte> escaped, Span<byte> target, out int consumed)
    {
        (consumed, var written) = (0, 0);
        while (consumed < escaped.Length)
        {
            var rest = escaped[consumed..];
            var plain = rest.IndexOf((byte)'\\');
            if (plain != 0)
            {
                var run = plain < 0 ? rest : rest[..plain];
                var length = Math.Min(run.Length, target.Length - written);
                run[..length].CopyTo(target[written..]);
                (consumed, written) = (consumed + length, written + length);
                if (length < run.Length)
                {
                    return written;
                }

                continue;
            }

            if (target.Length - written < LongestRune)
            {
                return written;
            }

            var rune = Unescape(rest, out var taken);
            written += rune.EncodeToUtf8(target[written..]);
            consumed += taken;
        }

        return written;
    }

    /// <summary>The number of bytes of the whole text.</summary>
    public static long Measure(ReadOnlySpan<byte> escaped)
    {
        Span<byte> scratch = stackalloc byte[1_024];
        var length = 0L;
        while (!escaped.IsEmpty)
        {
            length += Decode(escaped, scratch, out var consumed);
            escaped = escaped[consumed..];
        }

        return length;
    }

    private static Rune Unescape(ReadOnlySpan<byte> text, out int taken)
    {
        taken = 2;
        switch (text[1])
        {
            case (byte)'b': return new('\b');
            case (byte)'f': return new('\f');
            case (byte)'n': return new('\n');
            case (byte)'r': return new('\r');
            case (byte)'t': return new('\t');
            case (byte)'u': break;
            default: return new((char)text[1]);
        }

        taken = EscapeLength;
        var first = Unit(text);
        if (Rune.TryCreate(first, out var rune))
        {
            return rune;
        }

        if (text.Length >= 2 * EscapeLength && text[EscapeLength] == '\\' && text[EscapeLength + 1] == 'u'
            && Rune.TryCreate(first, Unit(text[EscapeLength..]), out rune))
        {
            taken = 2 * EscapeLength;
            return rune;
        }

        return Rune.ReplacementChar;
    }

    private static char Unit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape[2..EscapeLength], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
