using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The OpenID Connect provider by which people sign in. It finds keys and checks signatures as for tokens of callers.</summary>
public sealed class SignInProvider
{
    private readonly PermissionGroups _groups;
    private readonly string _revision;

    internal SignInProvider(SignInOptions options, PermissionGroups groups, IssuerKeys keys)
    {
        (Options, _groups) = (options, groups);
        Metadata = new ProviderMetadata(keys);
        IdTokens = new IdTokenHandler(options, keys);
        string[] texts = [options.Issuer!.OriginalString, options.ClientId!, options.PermissionsClaim!, .. options.UserIdClaim];
        _revision = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', texts))))[..32];
    }

    public SignInOptions Options { get; }

    /// <summary>The provider's name for people.</summary>
    public string Name => Options.Name ?? Options.Issuer!.Host;

    /// <summary>The provider's addresses.</summary>
    public IConfigurationManager<OpenIdConnectConfiguration> Metadata { get; }

    /// <summary>Checks ID tokens: each must be signed by a key of the provider.</summary>
    public TokenHandler IdTokens { get; }

    /// <summary>Returns true when the provider has a sign-out of its own, as far as is known now.</summary>
    public async Task<bool> OffersSignOutAsync(CancellationToken cancellationToken)
    {
        try
        {
            return !string.IsNullOrEmpty((await Metadata.GetConfigurationAsync(cancellationToken)).EndSessionEndpoint);
        }
        catch (Exception exception) when (exception is IssuerUnavailableException or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Says who a user is.</summary>
    /// <param name="idToken">The content of an ID token that was checked.</param>
    /// <param name="userInfo">What the userinfo endpoint answered. Null when it was not asked.</param>
    public PersonSignIn Identify(JsonElement idToken, JsonElement? userInfo)
    {
        var (first, second) = (new TokenClaims(idToken), new TokenClaims(userInfo ?? default));
        string? Find(IReadOnlyList<string> names) => first.First(names) ?? second.First(names);
        var subject = first.First(["sub"])!;
        var values = first.Values(Options.PermissionsClaim!);
        return new(
            Find(Options.NameClaim) ?? subject, _revision, Find(Options.UserIdClaim) ?? subject,
            values.Count > 0 ? values : second.Values(Options.PermissionsClaim!));
    }

    /// <summary>The same without the values that allow nothing.</summary>
    public PersonSignIn Shorten(PersonSignIn person)
    {
        ArgumentNullException.ThrowIfNull(person);
        return person with { Values = [.. person.Values.Where(_groups.Know)] };
    }

    /// <summary>
    /// The caller who signed in, with the permissions that the settings give to the values of the claim now. Null when the person signed in
    /// by another provider, or by other settings of it.
    /// </summary>
    public Caller? CallerOf(PersonSignIn person)
    {
        ArgumentNullException.ThrowIfNull(person);
        return person.Revision != _revision ? null
            : new(person.Name, Caller.IdOf("application", Options.ClientId!), Caller.IdOf("user", person.UserId))
            {
                Allowed = _groups.Of(person.Values),
            };
    }

    /// <summary>The provider's addresses, if all are safe to use.</summary>
    private sealed class ProviderMetadata(IssuerKeys keys) : IConfigurationManager<OpenIdConnectConfiguration>
    {
        public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel)
        {
            var known = await keys.GetAsync(keyId: null, cancel);
            var needed = new[] { known.AuthorizationEndpoint, known.TokenEndpoint };
            var others = new[] { known.UserInfoEndpoint, known.PushedAuthorizationRequestEndpoint, known.EndSessionEndpoint };
            return needed.Concat(others.Where(static address => !string.IsNullOrEmpty(address)))
                .FirstOrDefault(static address => !IssuerAddress.IsSafe(address)) is not { } unsafeOne ? known
                : throw new InvalidDataException($"The provider names an endpoint that is no https address: '{unsafeOne}'.");
        }

        public void RequestRefresh()
        {
            // A token with an unknown key makes them be read again.
        }
    }

    /// <summary>
    /// The library would also accept an ID token without a signature, since it comes over https from the provider itself. It would refuse
    /// the first one that is signed with a new key.
    /// </summary>
    private sealed class IdTokenHandler(SignInOptions settings, IssuerKeys keys) : JsonWebTokenHandler
    {
        public override async Task<TokenValidationResult> ValidateTokenAsync(
            string token, TokenValidationParameters validationParameters)
        {
            var keyId = JwtTokens.KeyIdOf(JwtTokens.Read(token));
            return await base.ValidateTokenAsync(
                token, JwtTokens.Rules(
                    await keys.GetAsync(keyId, CancellationToken.None), keyId, [settings.ClientId!], settings.ClockSkew!.Value));
        }
    }
}
