using System.ComponentModel.DataAnnotations;
using TasksBus.Service.Hosting;
using TasksBus.Settings;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// The OpenID Connect provider by which people sign in to the dashboard, from <c>TasksBus:SignIn</c>. What is left out of the issuer and
/// its claims is as in <c>TasksBus:Jwt</c>.
/// </summary>
public sealed class SignInOptions : IValidatableObject
{
    public const string Section = "TasksBus:SignIn";

    private const string AsJwt = "that of TasksBus:Jwt";

    /// <summary>The provider. Its metadata is at <c>.well-known/openid-configuration</c> below this address.</summary>
    [Setting("an OpenID Connect provider by which people sign in to the dashboard", Default = AsJwt)]
    public Uri? Issuer { get; set; }

    /// <summary>What the button says: Sign in with NAME. Default: the host of the issuer.</summary>
    [Setting("the provider's name on the button that leads to it", Value = "NAME", Default = "the issuer's host")]
    [MustBe("a text of 1 to 60 characters")]
    [StringLength(60, MinimumLength = 1)]
    public string? Name { get; set; }

    /// <summary>What the provider calls this server.</summary>
    [Setting("the id that the provider gave to this server; needed with TasksBus:SignIn", Value = "ID")]
    public string? ClientId { get; set; }

    /// <summary>The secret of <see cref="ClientId"/>. Null for a public client, which has PKCE alone.</summary>
    [Setting("the secret that belongs to ClientId", Default = "none, for a public client")]
    public string? ClientSecret { get; set; }

    /// <summary>What the provider is asked for. Default: openid,profile.</summary>
    [Setting("the scopes that the provider is asked for, openid among them", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string> Scopes { get; set; } = ["openid", "profile"];

    /// <summary>The claim with the permissions, or a path to it with dots. Default: that of tokens.</summary>
    [Setting("the claim with the permissions, or a path with dots", Value = "NAME", Default = $"{AsJwt}, or permissions")]
    [MustBe("the name of one claim, such as permissions, roles or realm_access.roles")]
    [StringLength(200, MinimumLength = 1)]
    [RegularExpression("^[^,]+$")]
    public string? PermissionsClaim { get; set; }

    /// <summary>The claims that may name the user to people. The first that there is counts.</summary>
    [Setting("the claim with the name that the dashboard shows, or the first of some that there is", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string> NameClaim { get; set; } = ["preferred_username", "email", "name"];

    /// <summary>The claims that may have the user's id. The first that there is counts. Default: that of tokens.</summary>
    [Setting("the claim with the user's id, or the first of some that there is", Value = "NAMES", Default = $"{AsJwt}, or sub")]
    [Joined]
    public IReadOnlyList<string> UserIdClaim { get; set; } = [];

    /// <summary>True to ask the provider's userinfo endpoint for the claims that the ID token lacks. Default: false.</summary>
    [Setting("ask the provider's userinfo endpoint too, for claims that its ID tokens lack")]
    public bool UserInfo { get; set; }

    /// <summary>How far the provider's clock and this one's may differ, 0 to 00:10:00. Default: that of tokens.</summary>
    [Setting("how far the provider's clock may be off", Default = $"{AsJwt}, or 00:01:00")]
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan? ClockSkew { get; set; }

    /// <summary>
    /// How long a sign-in lasts, 00:00:10 to 12:00:00. Until then the server does not hear that the provider locked the user out. Default:
    /// 08:00:00.
    /// </summary>
    [Setting("how long a sign-in lasts; until then the provider is not asked again")]
    [Range(typeof(TimeSpan), "00:00:10", "12:00:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromHours(8);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(ClientId))
        {
            yield return new(
                $"{Section}:ClientId is missing. Register this server at the provider, with the redirect URI "
                    + "https://HOST/dashboard/sign-in/callback, and write the client id that you get.");
        }

        if (!Scopes.SelectMany(static scope => scope.Split(' ')).Contains("openid"))
        {
            yield return new(
                $"{Section}:Scopes is {string.Join(',', Scopes)}; without openid the provider says nothing about the user. Write "
                    + $"openid,{string.Join(',', Scopes)}.");
        }
    }

    /// <summary>Reads the section. Null when it has no settings.</summary>
    /// <param name="jwt">The issuer of tokens, for what is left out.</param>
    /// <exception cref="StartException">A setting is not valid.</exception>
    internal static SignInOptions? Read(IConfiguration configuration, JwtOptions? jwt)
    {
        if (!configuration.GetSection(Section).GetChildren().Any())
        {
            return null;
        }

        var options = SettingReader.Read<SignInOptions>(configuration, Section);
        var tokens = jwt ?? new();
        options.Issuer ??= tokens.Issuer;
        options.PermissionsClaim ??= tokens.PermissionsClaim;
        options.UserIdClaim = options.UserIdClaim.Count > 0 ? options.UserIdClaim : tokens.UserIdClaim;
        options.ClockSkew ??= tokens.ClockSkew;
        return IssuerAddress.FaultOf($"{Section}:{nameof(Issuer)}", options.Issuer) is { } fault
            ? throw new StartException(fault) : options;
    }
}
