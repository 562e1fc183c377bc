namespace TasksBus;

/// <summary>The beginning of a text, for messages to people.</summary>
public static class Excerpt
{
    /// <summary>Returns the text. Of a longer one, it returns the first characters and three dots.</summary>
    /// <param name="length">How many characters are shown.</param>
    public static string Of(string text, int length)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length <= length ? text : $"{text[..length]}...";
    }
}
