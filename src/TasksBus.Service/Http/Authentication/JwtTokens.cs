using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Checks the tokens of an OpenID Connect issuer: JSON Web Tokens that are signed with one of the issuer's own keys.</summary>
internal sealed class JwtTokens(JwtOptions settings, IssuerKeys keys)
{
    /// <summary>Longer than any token in a header that Kestrel accepts by default.</summary>
    private const int MaxLength = 32 * 1024;

    /// <summary>
    /// Only asymmetric algorithms. With a shared secret, or without a signature, anyone who knows a public key could sign.
    /// </summary>
    private static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = MaxLength };

    /// <summary>Returns true when a text has the form of a JWT: three parts, joined by dots.</summary>
    public static bool IsOne(string token) => token.Length <= MaxLength && token.AsSpan().Count('.') == 2;

    /// <summary>Finds the sender of a token.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer could not be asked for its keys yet.</exception>
    public async Task<Verdict> JudgeAsync(string token, CancellationToken cancellationToken)
    {
        // A token of another issuer is no reason to ask ours. Its issuer is checked below.
        if (Read(token) is not { } jwt || !s_algorithms.Contains(jwt.Alg)
            || (jwt.Issuer ?? "").TrimEnd('/') != settings.Issuer!.OriginalString.TrimEnd('/'))
        {
            return Verdict.Unknown;
        }

        var keyId = jwt.Kid is { Length: > 0 } named ? named : null;
        var issuer = await keys.GetAsync(keyId, cancellationToken);
        var result = await _handler.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            ValidIssuer = issuer.Issuer,
            ValidAudiences = settings.Audience,
            ValidAlgorithms = s_algorithms,
            IssuerSigningKeys = issuer.SigningKeys,
            // A token that names its key must be signed with that key.
            TryAllIssuerSigningKeys = keyId is null,
            ClockSkew = settings.ClockSkew,
        });
        return result.IsValid ? new(CallerOf(jwt), false)
            : result.Exception is SecurityTokenExpiredException ? Verdict.Expired
            : Verdict.Unknown;
    }

    private static JsonWebToken? Read(string token)
    {
        try
        {
            return new(token);
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            return null;
        }
    }

    private Caller CallerOf(JsonWebToken jwt)
    {
        var claims = JsonElement.Parse(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload));
        var (user, application) = (First(claims, settings.UserIdClaim), First(claims, settings.ApplicationIdClaim));
        return new(
            user ?? application ?? "a token", application is null ? null : Caller.IdOf("application", application),
            user is null ? null : Caller.IdOf("user", user))
        {
            Allowed = PermissionsOf(claims),
        };
    }

    private FrozenSet<string> PermissionsOf(JsonElement claims) => Claim(claims, settings.PermissionsClaim) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(),
        { ValueKind: JsonValueKind.Array } list => list.EnumerateArray()
            .Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.GetString()!).ToFrozenSet(),
        _ => [],
    };

    private static string? First(JsonElement claims, IReadOnlyList<string> names) =>
        names.Select(name => Claim(claims, name))
            .FirstOrDefault(static claim => claim is { ValueKind: JsonValueKind.String } text && text.GetString()!.Length > 0)?.GetString();

    /// <summary>Finds a claim by its name, which may contain dots itself, or else by the path that the dots form.</summary>
    private static JsonElement? Claim(JsonElement claims, string name)
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
        return dot > 0 && claims.TryGetProperty(name[..dot], out var inner) ? Claim(inner, name[(dot + 1)..]) : null;
    }
}

/// <summary>The result of checking a token.</summary>
/// <param name="Caller">The sender, if the token is valid.</param>
/// <param name="IsExpired">True when the token was valid before.</param>
internal readonly record struct Verdict(Caller? Caller, bool IsExpired)
{
    public static readonly Verdict Unknown;
    public static readonly Verdict Expired = new(null, true);
}
