using System.Buffers;
using System.Globalization;
using System.Text;

namespace TasksBus.Server.Logging;

/// <summary>Makes text that a function or a caller wrote safe for a terminal.</summary>
internal static class PlainText
{
    /// <summary>The control characters of ASCII and Latin-1, except tab and line ends, which the console's format handles.</summary>
    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(static code => (char)code)
            .Where(static character => char.IsControl(character) && character is not ('\t' or '\n' or '\r'))]);

    /// <summary>The text with each control character written as an escape such as <c>\u001B</c>.</summary>
    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAny(s_controls))
        {
            return text;
        }

        StringBuilder plain = new(text.Length + 16);
        foreach (var character in text)
        {
            if (s_controls.Contains(character))
            {
                plain.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}");
            }
            else
            {
                plain.Append(character);
            }
        }

        return plain.ToString();
    }
}
