using System.Globalization;
using System.Text;

namespace TasksBus.Functions;

/// <summary>Makes texts from functions and servers fit to store: shortens them, and replaces what a database refuses.</summary>
public static class ErrorText
{
    /// <summary>The longest name of an error, in characters.</summary>
    public const int NameLimit = 256;

    /// <summary>The longest message of an error, in characters.</summary>
    public const int MessageLimit = 8_192;

    private const char Replacement = '\uFFFD';
    private const string CutMark = " ... (cut)";

    /// <summary>At most <paramref name="limit"/> characters; U+0000 and lone surrogates become U+FFFD.</summary>
    public static string Clean(ReadOnlySpan<char> text, int limit)
    {
        var cut = text.Length > limit;
        var kept = (cut ? text[..(limit - CutMark.Length)] : text).ToArray();
        for (var i = 0; i < kept.Length; i++)
        {
            if (char.IsHighSurrogate(kept[i]) && i + 1 < kept.Length && char.IsLowSurrogate(kept[i + 1]))
            {
                i++;
            }
            else if (kept[i] == '\0' || char.IsSurrogate(kept[i]))
            {
                kept[i] = Replacement;
            }
        }

        return cut ? string.Concat(kept, CutMark) : new string(kept);
    }

    /// <summary>The same for UTF-8. Invalid bytes become U+FFFD.</summary>
    public static string Clean(ReadOnlySpan<byte> utf8, int limit) =>
        // No character takes more than three bytes of UTF-8 (a surrogate pair takes four for two).
        Clean(Encoding.UTF8.GetString(utf8[..Math.Min(utf8.Length, 3 * (limit + 1))]), limit);

    /// <summary>
    /// The same for the inside of a JSON string. System.Text.Json throws on an escaped lone surrogate, which a function's error may well
    /// contain.
    /// </summary>
    public static string CleanJson(ReadOnlySpan<byte> escaped, int limit)
    {
        // No character takes more than the six bytes of \uXXXX, so a stack trace of a megabyte is not decoded as a whole.
        var text = Encoding.UTF8.GetString(escaped[..Math.Min(escaped.Length, 6 * (limit + 1))]);
        if (!text.Contains('\\', StringComparison.Ordinal))
        {
            return Clean(text, limit);
        }

        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            switch (text[i])
            {
                case 'b': plain.Append('\b'); break;
                case 'f': plain.Append('\f'); break;
                case 'n': plain.Append('\n'); break;
                case 'r': plain.Append('\r'); break;
                case 't': plain.Append('\t'); break;
                case 'u' when i + 4 < text.Length:
                    plain.Append((char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                    i += 4;
                    break;
                default: plain.Append(text[i]); break;
            }
        }

        return Clean(plain.ToString(), limit);
    }
}
