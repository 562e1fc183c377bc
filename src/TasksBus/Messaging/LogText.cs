using System.Buffers;
using System.Text;

namespace TasksBus.Messaging;

/// <summary>Makes untrusted texts safe for the log.</summary>
public static class LogText
{
    private const int MaxLength = 500;

    private static readonly SearchValues<char> s_control = SearchValues.Create(
        [.. Enumerable.Range(0, 0xA0).Select(static code => (char)code).Where(char.IsControl), '\u2028', '\u2029']);

    /// <summary>
    /// The text, cut to 500 characters and without control characters. So it starts no second line, and has no effect on a terminal.
    /// </summary>
    public static string OneLine(string text)
    {
        var cut = Excerpt.Of(text, MaxLength);
        if (!cut.AsSpan().ContainsAny(s_control))
        {
            return cut;
        }

        StringBuilder line = new(cut);
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = s_control.Contains(line[i]) ? '\uFFFD' : line[i];
        }

        return line.ToString();
    }
}
