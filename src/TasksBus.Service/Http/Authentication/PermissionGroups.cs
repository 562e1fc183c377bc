using System.Collections.Frozen;
using TasksBus.Service.Hosting;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// What the values of an issuer's claim allow, for tokens and for people who sign in: a permission's own name, or a role or group from
/// <c>TasksBus:Groups</c>.
/// </summary>
internal sealed class PermissionGroups
{
    public const string Section = "TasksBus:Groups";

    private readonly FrozenDictionary<string, FrozenSet<string>> _groups;

    private PermissionGroups(Dictionary<string, FrozenSet<string>> groups) =>
        _groups = groups.ToFrozenDictionary(StringComparer.Ordinal);

    public bool AreConfigured => _groups.Count > 0;

    /// <exception cref="StartException">A setting is not valid.</exception>
    public static PermissionGroups Read(IConfiguration configuration)
    {
        Dictionary<string, FrozenSet<string>> groups = new(StringComparer.Ordinal);
        foreach (var group in configuration.GetSection(Section).GetChildren())
        {
            var name = group["Name"]?.Trim() ?? "";
            var fault = name.Length == 0
                ? "is missing. Write a value of the claim with the permissions, such as a role or group of the issuer."
                : IsPermission(name) ? $"is {name}, which is a permission already. Write the name of a role or group of the issuer."
                : !groups.TryAdd(name, ApiKeySettings.ReadPermissions(group))
                    ? $"is {name}, as in another group. Write all permissions of a group in one place."
                : null;
            if (fault is not null)
            {
                throw new StartException($"{group.Path}:Name {fault}");
            }
        }

        return new(groups);
    }

    /// <summary>Returns true when a value of the claim allows something.</summary>
    public bool Know(string value) => _groups.ContainsKey(value) || IsPermission(value);

    /// <summary>The permissions that the values of a claim give. Values for other services give none.</summary>
    public FrozenSet<string> Of(IEnumerable<string> values) =>
        values.SelectMany(value => _groups.TryGetValue(value, out var permissions) ? permissions : IsPermission(value) ? [value] : [])
            .ToFrozenSet(StringComparer.Ordinal);

    private static bool IsPermission(string value) => value == Permissions.Everything || Permissions.Exist(value);
}
