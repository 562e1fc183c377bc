using System.ComponentModel.DataAnnotations;
using TasksBus.Settings;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The issuer whose tokens admit callers, from <c>TasksBus:Jwt</c>.</summary>
internal sealed class JwtOptions : IValidatableObject
{
    public const string Section = "TasksBus:Jwt";

    /// <summary>The issuer, as in OpenID Connect. Its metadata is at <c>.well-known/openid-configuration</c> below this address.</summary>
    [Setting("an OpenID Connect issuer whose tokens let clients in")]
    public Uri? Issuer { get; set; }

    /// <summary>A token must be issued for one of these.</summary>
    [Setting("what its tokens for this server have as aud; needed with an issuer")]
    [Joined]
    public IReadOnlyList<string> Audience { get; set; } = [];

    /// <summary>The claim with the permissions, or a path to it with dots. Default: permissions.</summary>
    [Setting("the claim with the permissions, or a path with dots", Value = "NAME")]
    [MustBe("the name of one claim, such as permissions, scope or realm_access.roles")]
    [Required]
    [RegularExpression("^[^,]*$")]
    public string PermissionsClaim { get; set; } = "permissions";

    /// <summary>The claims that may name the user. The first that a token has counts. Default: sub.</summary>
    [Setting("the claim with the user's id, or the first of some that a token has", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string> UserIdClaim { get; set; } = ["sub"];

    /// <summary>The claims that may name the application. The first that a token has counts. Default: azp,client_id.</summary>
    [Setting("the claim with the application's id, or the first of some that a token has", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string> ApplicationIdClaim { get; set; } = ["azp", "client_id"];

    /// <summary>How far the issuer's clock and this one's may differ, 0 to 00:10:00. Default: 00:01:00.</summary>
    [Setting("how far the issuer's clock may be off")]
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (IssuerAddress.FaultOf($"{Section}:{nameof(Issuer)}", Issuer) is { } fault)
        {
            yield return new(fault);
        }

        if (Audience.Count == 0)
        {
            // A token for another service of the same issuer must not be valid here.
            yield return new(
                $"{Section}:Audience is missing. Write what the issuer puts into the claim aud of tokens for this server, such as "
                    + "https://tasks.example.org; several are joined by ','.");
        }
    }
}
