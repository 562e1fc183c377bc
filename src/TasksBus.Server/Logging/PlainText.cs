using System.Buffers;
using System.Globalization;
using System.Text;

namespace TasksBus.Server.Logging;

/// <summary>Text that may hold what a function or a caller wrote, without what a terminal would obey.</summary>
internal static class PlainText
{
    /// <summary>The control characters of ASCII and Latin-1, except tab and the ends of lines, which the console's format deals with.</summary>
    private static readonly SearchValues<char> s_controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(static code => (char)code).Where(static character => char.IsControl(character) && character is not ('\t' or '\n' or '\r'))]);

    /// <summary>The text with each control character written as <c>\u001B</c>.</summary>
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
