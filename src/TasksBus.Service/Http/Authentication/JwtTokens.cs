using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace TasksBus.Service.Http.Authentication;

/// <summary>Checks the tokens of an OpenID Connect issuer: JSON Web Tokens that are signed with one of the issuer's own keys.</summary>
internal sealed class JwtTokens(JwtOptions settings, IssuerKeys keys, PermissionGroups groups)
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

        var keyId = KeyIdOf(jwt);
        var result = await _handler.ValidateTokenAsync(
            jwt, Rules(await keys.GetAsync(keyId, cancellationToken), keyId, settings.Audience, settings.ClockSkew));
        return result.IsValid ? new(CallerOf(jwt), false)
            : result.Exception is SecurityTokenExpiredException ? Verdict.Expired
            : Verdict.Unknown;
    }

    /// <summary>What a token must be.</summary>
    public static TokenValidationParameters Rules(
        OpenIdConnectConfiguration issuer, string? keyId, IReadOnlyList<string> audiences, TimeSpan clockSkew) => new()
        {
            ValidIssuer = issuer.Issuer,
            ValidAudiences = audiences,
            ValidAlgorithms = s_algorithms,
            IssuerSigningKeys = issuer.SigningKeys,
            // A token that names its key must be signed with that key.
            TryAllIssuerSigningKeys = keyId is null,
            ClockSkew = clockSkew,
        };

    /// <summary>The key that a token names. Null when it names none.</summary>
    public static string? KeyIdOf(JsonWebToken? token) => token?.Kid is { Length: > 0 } named ? named : null;

    /// <summary>The token that a text is. Null when it is none.</summary>
    public static JsonWebToken? Read(string token)
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
        TokenClaims claims = new(JsonElement.Parse(Base64UrlEncoder.DecodeBytes(jwt.EncodedPayload)));
        var (user, application) = (claims.First(settings.UserIdClaim), claims.First(settings.ApplicationIdClaim));
        return new(
            user ?? application ?? "a token", application is null ? null : Caller.IdOf("application", application),
            user is null ? null : Caller.IdOf("user", user))
        {
            Allowed = groups.Of(claims.Values(settings.PermissionsClaim)),
        };
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
