using System.Globalization;
using TasksBus.Server.Hosting;

namespace TasksBus.Server.Http.Authentication;

/// <summary>Whose tokens let callers in, from <c>TasksBus:Jwt</c>.</summary>
/// <param name="Issuer">The issuer, as OpenID Connect knows it: its settings stand below at <c>.well-known/openid-configuration</c>.</param>
/// <param name="Audiences">A token must be meant for one of these.</param>
/// <param name="PermissionsClaim">The claim with the permissions, or a path to it, with dots.</param>
/// <param name="UserIdClaims">The claims that may name the user: the first that a token has counts.</param>
/// <param name="ApplicationIdClaims">The claims that may name the application, likewise.</param>
/// <param name="ClockSkew">How far the issuer's clock and this one's may differ.</param>
internal sealed record JwtSettings(
    Uri Issuer, IReadOnlyList<string> Audiences, string PermissionsClaim, IReadOnlyList<string> UserIdClaims, IReadOnlyList<string> ApplicationIdClaims, TimeSpan ClockSkew)
{
    public const string Section = "TasksBus:Jwt";

    private static readonly TimeSpan s_maxClockSkew = TimeSpan.FromMinutes(10);
    public static readonly IReadOnlyList<string> Fields = ["Issuer", "Audience", "PermissionsClaim", "UserIdClaim", "ApplicationIdClaim", "ClockSkew"];

    /// <summary>Null: no tokens are accepted.</summary>
    /// <exception cref="StartException">A setting is not what it should be.</exception>
    public static JwtSettings? Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (section.Value is { Length: > 0 } || section.GetChildren().Any(static field => !Fields.Contains(field.Key, StringComparer.OrdinalIgnoreCase)))
        {
            throw new StartException($"{Section} has a setting that is not known. It has {string.Join(", ", Fields)}.");
        }

        if (!section.GetChildren().Any())
        {
            return null;
        }

        var audiences = Names(section, "Audience", "");
        return audiences.Length == 0
            // A token for another service of the same issuer must not do here.
            ? throw new StartException($"{Section}:Audience is missing. Write what the issuer puts into the claim aud of tokens for this server, such as https://tasks.example.org; several are joined by ','.")
            : new(
                ReadIssuer(section["Issuer"]), audiences, Names(section, "PermissionsClaim", "permissions") is [var claim] ? claim : throw new StartException($"{Section}:PermissionsClaim must name one claim, such as permissions, scope or realm_access.roles."),
                Names(section, "UserIdClaim", "sub"), Names(section, "ApplicationIdClaim", "azp,client_id"), ReadClockSkew(section["ClockSkew"]));
    }

    /// <summary>Whether what travels to and from an address can be read or changed by nobody else: https, or this machine.</summary>
    public static bool IsSafe(Uri address) => address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback);

    private static Uri ReadIssuer(string? text) =>
        string.IsNullOrWhiteSpace(text) ? throw new StartException($"{Section}:Issuer is missing. Write the issuer's address, such as https://id.example.org/realms/main.")
        : !Uri.TryCreate(text, UriKind.Absolute, out var issuer) || issuer.Scheme is not ("https" or "http") || issuer.UserInfo.Length > 0 || issuer.Query.Length > 0 || issuer.Fragment.Length > 0
            ? throw new StartException($"{Section}:Issuer is no address of an issuer. Write it as https://id.example.org/realms/main, without a query.")
        : IsSafe(issuer) ? issuer
        : throw new StartException($"{Section}:Issuer is {text}: over http anyone on the way could hand out keys. Use https; http is for an issuer on this machine.");

    private static TimeSpan ReadClockSkew(string? text) =>
        text is null ? TimeSpan.FromMinutes(1)
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var skew) && skew >= TimeSpan.Zero && skew <= s_maxClockSkew ? skew
        : throw new StartException($"{Section}:ClockSkew is {text}; it must be a time from 00:00:00 to {s_maxClockSkew}, such as 00:01:00.");

    private static string[] Names(IConfigurationSection section, string field, string otherwise) =>
        SettingLists.Read(section.GetSection(field)).ToArray() is { Length: > 0 } names ? names : otherwise.Split(',', StringSplitOptions.RemoveEmptyEntries);
}
