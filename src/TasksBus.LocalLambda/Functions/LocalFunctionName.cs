namespace TasksBus.LocalLambda.Functions;

/// <summary>
/// The names of functions on this server. <see cref="Contracts.FunctionName"/> reads the forms in which Lambda accepts a name.
/// </summary>
internal static class LocalFunctionName
{
    /// <summary>The only version that exists here.</summary>
    public const string Latest = Contracts.FunctionName.Latest;

    public const string Region = "us-east-1";
    public const string Account = "000000000000";

    private const int MaxLength = 64;

    /// <summary>The ARN as this server writes it. The server accepts ARNs with any region and account.</summary>
    public static string Arn(string name) => $"arn:aws:lambda:{Region}:{Account}:function:{name}";

    /// <summary>
    /// Returns the bare name: 1 to 64 of A-Z a-z 0-9 _ and -, so it cannot contain a path traversal. Returns null when there is no such
    /// name, or when it asks for another version.
    /// </summary>
    public static string? Resolve(string text, string? qualifier)
    {
        if (!string.IsNullOrEmpty(qualifier) && qualifier != Latest)
        {
            return null;
        }

        return Contracts.FunctionName.Parse(text) is { Qualifier: null or Latest } named && IsName(named.Name) ? named.Name : null;
    }

    private static bool IsName(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('_' or '-'))
            {
                return false;
            }
        }

        return true;
    }
}
