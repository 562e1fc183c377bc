using System.Globalization;
using System.Text;

namespace TasksBus.Tool.Output;

/// <summary>Makes text that somebody else stored safe for a terminal and for a line of a table.</summary>
internal static class SafeText
{
    /// <summary>
    /// The text with each control character, each character that changes the direction of others, and each half of a surrogate pair written
    /// as an escape such as <c>\u001B</c>, which JSON knows too.
    /// </summary>
    /// <param name="keepLines">
    /// True when ends of lines and tabs stay as they are. Otherwise they are written as <c>\n</c> and <c>\t</c>.
    /// </param>
    public static string Of(string text, bool keepLines = false)
    {
        StringBuilder? safe = null;
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text, i))
            {
                safe?.Append(text[i]).Append(text[i + 1]);
                i++;
                continue;
            }

            if (!IsUnsafe(text[i]) || (keepLines && text[i] is ('\n' or '\t')))
            {
                safe?.Append(text[i]);
                continue;
            }

            safe ??= new StringBuilder(text.Length + 16).Append(text, 0, i);
            safe.Append(Escape(text[i]));
        }

        return safe?.ToString() ?? text;
    }

    private static bool IsUnsafe(char letter) =>
        char.IsControl(letter) || char.IsSurrogate(letter)
            || letter is '\u061C' or '\u200E' or '\u200F' or '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E')
                or (>= '\u2066' and <= '\u2069') or '\uFEFF';

    private static string Escape(char letter) => letter switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:X4}"),
    };
}
