using System.Globalization;
using System.Text;

namespace TasksBus.LocalLambda.Invocations;

/// <summary>
/// Makes untrusted text safe for a console. Characters that would move the cursor, set colours or change the direction of text are shown as
/// escapes such as \u001b.
/// </summary>
internal static class Printable
{
    public static string Of(string text) => text.All(IsPlain) ? text : Escape(text);

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = IsPlain(character) ? escaped.Append(character) : escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return escaped.ToString();
    }

    private static bool IsPlain(char character) => character == '\t' || !(
        char.IsControl(character) || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069'));
}
