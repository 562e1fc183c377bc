using System.Collections.Frozen;
using System.Text.RegularExpressions;
using TasksBus.Contracts;
using TasksBus.Service.Hosting;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// Reads <c>TasksBus:ApiKeys</c>. An incomplete or invalid setting prevents the start, because half a key would admit too many callers or
/// nobody. No message repeats what may be a key that somebody put in the wrong place.
/// </summary>
public static partial class ApiKeySettings
{
    public const string Section = "TasksBus:ApiKeys";

    private static readonly string[] s_fields = ["Name", "Hash", "Permissions", "ExpiresAt"];

    /// <exception cref="StartException">A setting is not valid.</exception>
    internal static ApiKeys Read(IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        if (!string.IsNullOrWhiteSpace(section.Value))
        {
            throw new StartException(
                $"{Section} is a list of keys, each with Name, Hash and Permissions. TasksBus.Server --new-api-key makes a "
                    + "key and shows its settings.");
        }

        var keys = section.GetChildren().Select(ReadKey).ToList();
        Unique(keys, static key => key.Name, "Name", "give each key a name of its own", StringComparer.OrdinalIgnoreCase);
        Unique(
            keys, static key => Convert.ToHexString(key.Hash.Span), "Hash", "make a key of its own for each with --new-api-key",
            StringComparer.Ordinal);
        return new ApiKeys(keys);
    }

    private static ApiKey ReadKey(IConfigurationSection key)
    {
        if (key.GetChildren().FirstOrDefault(static field => !s_fields.Contains(field.Key, StringComparer.OrdinalIgnoreCase)) is not null
            || key.Value is { Length: > 0 })
        {
            throw new StartException($"{key.Path} has a setting that is not known. A key has {string.Join(", ", s_fields)}.");
        }

        var name = key["Name"];
        return name is null || !IsName(name)
            ? throw new StartException($"{key.Path}:Name must be 1 to 64 letters, digits, '.', '_' or '-', such as billing, and not a key.")
            : new() { Name = name, Hash = ReadHash(key), Permissions = ReadPermissions(key), ExpiresAt = ReadExpiry(key) };
    }

    public static bool IsName(string name) => Name().IsMatch(name) && !name.StartsWith(ApiKey.Prefix, StringComparison.OrdinalIgnoreCase);

    private static byte[] ReadHash(IConfigurationSection key)
    {
        var text = key["Hash"]?.Trim() ?? "";
        if (Hash().IsMatch(text))
        {
            return Convert.FromHexString(text.AsSpan(ApiKey.HashPrefix.Length));
        }

        var fault = text.Length == 0 ? "is missing"
            : text.StartsWith(ApiKey.HashPrefix, StringComparison.OrdinalIgnoreCase) ? "does not have 64 hex digits after sha256:"
            : "is no hash; a key in plain text does not belong into settings";
        throw new StartException(
            $"{key.Path}:Hash {fault}. Write sha256: and the 64 hex digits of the key's SHA-256, as TasksBus.Server --new-api-key "
                + "shows them for a new key.");
    }

    /// <summary>Reads the permissions of a key, or of a group.</summary>
    /// <exception cref="StartException">There are none, or one is not known.</exception>
    internal static FrozenSet<string> ReadPermissions(IConfigurationSection key)
    {
        var section = key.GetSection("Permissions");
        return Expand(ReadPermissions(SettingReader.List(section), section.Path));
    }

    /// <summary>The permissions that the names stand for.</summary>
    public static FrozenSet<string> Expand(IReadOnlyCollection<string> names) =>
        (names.Contains(Permissions.Everything) ? Permissions.All : names).ToFrozenSet();

    /// <summary>Reads names of permissions and checks that each is known.</summary>
    /// <param name="texts">Names, joined by ','.</param>
    /// <param name="place">Where the names are, for the message.</param>
    /// <exception cref="StartException">There are none, or one is not known.</exception>
    public static List<string> ReadPermissions(IEnumerable<string> texts, string place)
    {
        var names = texts.SelectMany(static text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            .ToList();
        var known = $"{string.Join(", ", Permissions.All)}, or {Permissions.For(Permissions.ExecuteTaskFunction, "NAME")} or "
            + $"{Permissions.For(Permissions.ExecuteApiFunction, "NAME")} for one function";
        if (names.Count == 0)
        {
            throw new StartException($"{place} is missing. Write * for all, or some of {known}.");
        }

        if (names.Find(static name => name != Permissions.Everything && !Permissions.Exist(name)) is { } unknown)
        {
            throw new StartException(
                $"{place} has a name that is no permission{(Word().IsMatch(unknown) ? $": {unknown}" : "")}. Write * for "
                    + $"all, or some of {known}.");
        }

        return names;
    }

    private static DateTimeOffset? ReadExpiry(IConfigurationSection key) =>
        key["ExpiresAt"] is { } text ? ReadExpiry(text, $"{key.Path}:ExpiresAt") : null;

    /// <exception cref="StartException">The text is not a timestamp.</exception>
    public static DateTimeOffset ReadExpiry(string text, string place) =>
        UtcTimestampConverter.TryParse(text, out var timestamp) ? timestamp
        : throw new StartException($"{place} must be an ISO 8601 timestamp, such as 2030-01-01T00:00:00Z.");

    private static void Unique(List<ApiKey> keys, Func<ApiKey, string> value, string field, string mend, StringComparer comparer)
    {
        if (keys.GroupBy(value, comparer).FirstOrDefault(static group => group.Count() > 1) is { } same)
        {
            throw new StartException(
                $"{Section}: the keys {string.Join(" and ", same.Select(static key => $"'{key.Name}'"))} have the same {field}; {mend}.");
        }
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^sha256:[0-9A-Fa-f]{64}\z", RegexOptions.IgnoreCase)]
    private static partial Regex Hash();

    // A random text has digits or is longer.
    [GeneratedRegex(@"^[A-Za-z_]{1,40}\z")]
    private static partial Regex Word();
}
