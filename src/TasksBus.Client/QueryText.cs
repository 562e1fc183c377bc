namespace TasksBus.Client;

/// <summary>Writes values into queries.</summary>
public static class QueryText
{
    /// <summary>
    /// Encodes a value, or a key of <c>data</c>, so that its commas, brackets and colons mean themselves. A query decodes a value twice, so
    /// it is encoded twice.
    /// </summary>
    /// <param name="value">The value as it is stored.</param>
    public static string Of(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        return Uri.EscapeDataString(Uri.EscapeDataString(value));
    }
}
