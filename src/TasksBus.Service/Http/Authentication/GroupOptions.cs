using TasksBus.Settings;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The fields of <c>TasksBus:Groups:0</c>, which <see cref="PermissionGroups"/> reads.</summary>
internal sealed class GroupOptions
{
    [Setting("a role or group of the issuer: a value of the claim with the permissions", Value = "NAME")]
    public string? Name { get; set; }

    [Setting("what it allows, joined by ',', or * for all", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string>? Permissions { get; set; }
}
