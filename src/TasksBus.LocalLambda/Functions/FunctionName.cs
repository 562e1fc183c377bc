namespace TasksBus.LocalLambda.Functions;

/// <summary>
/// What a function is named here. <see cref="Contracts.FunctionName"/> reads the ways in which Lambda lets it be named.
/// </summary>
internal static class FunctionName
{
    /// <summary>The only version there is here.</summary>
    public const string Latest = Contracts.FunctionName.Latest;

    public const string Region = "us-east-1";
    public const string Account = "000000000000";

    private const int MaxLength = 64;

    /// <summary>As this server writes it; it answers to any region's and account's.</summary>
    public static string Arn(string name) => $"arn:aws:lambda:{Region}:{Account}:function:{name}";

    /// <summary>The bare name: 1 to 64 of A-Z a-z 0-9 _ and -, which no path traversal can be written with. Null where there is none, or another version is meant.</summary>
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
