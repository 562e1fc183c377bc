using System.Text.Json;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The claims about somebody, as an issuer wrote them.</summary>
/// <param name="claims">The content of a token, or what the issuer answered about the user.</param>
internal readonly struct TokenClaims(JsonElement claims)
{
    /// <summary>The first of some claims that is a text. Null when there is none.</summary>
    public string? First(IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (Find(claims, name) is { ValueKind: JsonValueKind.String } claim && claim.GetString() is { Length: > 0 } text)
            {
                return text;
            }
        }

        return null;
    }

    /// <summary>The values of a claim that is an array of texts, or one text with spaces between. Empty when it is missing.</summary>
    public IReadOnlyList<string> Values(string name) => Find(claims, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        { ValueKind: JsonValueKind.Array } list => [.. list.EnumerateArray()
            .Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!)],
        _ => [],
    };

    /// <summary>Finds a claim by its name, which may contain dots itself, or else by the path that the dots form.</summary>
    private static JsonElement? Find(JsonElement claims, string name)
    {
        if (claims.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        if (claims.TryGetProperty(name, out var claim))
        {
            return claim;
        }

        var dot = name.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && claims.TryGetProperty(name[..dot], out var inner) ? Find(inner, name[(dot + 1)..]) : null;
    }
}
