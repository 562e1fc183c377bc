using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.Server.Hosting;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary>
/// <c>--new-api-key [NAME] [--permissions A,B] [--expires TIME] [--store]</c>: makes a key and shows it, this once; with the settings that let it in, or
/// put into the database.
/// </summary>
internal sealed partial class NewApiKey
{
    private const string Option = "--new-api-key";
    private const string Usage = $"{Option} takes one name, of 1 to 64 letters, digits, '.', '_' or '-', such as billing; then --permissions A,B and --expires 2030-01-01T00:00:00Z or 90d; and --store, to put it into the database.";

    private readonly string _key = ApiKey.New();
    private readonly List<string> _settings = [];
    private string _name = "default";
    private List<string> _permissions = [Permissions.Everything];
    private DateTimeOffset? _expiresAt;
    private bool _isStored;

    private NewApiKey()
    {
    }

    public static bool IsAskedFor(string[] args) => args is [Option, ..];

    /// <returns>What to tell the operator: the key, and what to do with it.</returns>
    /// <exception cref="StartException">The arguments are not what they should be.</exception>
    public static async Task<string> MakeAsync(string[] args, TimeProvider time)
    {
        var made = Read(args, time);
        return made._isStored ? await made.StoreAsync() : made.ShowSettings();
    }

    private static NewApiKey Read(string[] args, TimeProvider time)
    {
        var made = new NewApiKey();
        var words = new Queue<string>(args.Skip(1));
        if (words.TryPeek(out var name) && !name.StartsWith('-'))
        {
            made._name = ApiKeySettings.IsName(words.Dequeue()) ? name : throw new StartException(Usage);
        }

        while (words.TryDequeue(out var word))
        {
            var (option, value) = word.Split('=', 2) is [var before, var after] ? (before, after) : (word, null);
            switch (option)
            {
                case "--store" when value is null:
                    made._isStored = true;
                    break;
                case "--permissions":
                    made._permissions = ApiKeySettings.ReadPermissions([value ?? Next(words)], option);
                    break;
                case "--expires":
                    made._expiresAt = ReadExpiry(value ?? Next(words), time);
                    break;
                default:
                    made._settings.Add(IsSetting(option) ? word : throw new StartException(Usage));
                    if (value is null)
                    {
                        made._settings.Add(Next(words));
                    }

                    break;
            }
        }

        CommandLine.Check(made._settings);
        return made;
    }

    private static bool IsSetting(string option) => option.StartsWith("--", StringComparison.Ordinal) && option.Contains(':', StringComparison.Ordinal);

    private static string Next(Queue<string> words) => words.TryDequeue(out var word) ? word : throw new StartException(Usage);

    private static DateTimeOffset ReadExpiry(string text, TimeProvider time)
    {
        var expiry = Days().Match(text) is { Success: true, Groups: [_, { ValueSpan: var days }] }
            ? time.GetUtcNow().AddDays(int.Parse(days, CultureInfo.InvariantCulture))
            : ApiKeySettings.ReadExpiry(text, "--expires");
        return expiry > time.GetUtcNow() ? expiry : throw new StartException($"--expires is {text}, which has passed. Choose a time that is still to come.");
    }

    private async Task<string> StoreAsync()
    {
        var settings = CommandDatabase.Settings(_settings);
        var isRequired = AuthenticationSettings.Read(settings).IsRequired;
        await using var database = await CommandDatabase.OpenAsync(settings);
        var row = new StoredApiKey
        {
            Name = _name,
            Hash = ApiKey.HashOf(_key),
            Permissions = string.Join(',', _permissions),
            ExpiresAt = _expiresAt is { } expiry ? Microseconds.Of(expiry) : null,
        };
        if (!await new ApiKeyStore(database.Model).AddAsync(row))
        {
            throw new StartException($"There is a key '{_name}' in {database.Name} already. Choose another name, or revoke that one with --revoke-api-key {_name}.");
        }

        return $"""
            {_key}

            This is the key: it is shown only now, and clients send it as Authorization: Bearer KEY.
            Its hash is in {database.Name} as '{_name}', and it lets in within seconds, at every api of that database; --revoke-api-key {_name} ends it.
            {(isRequired ? "" : "To listen beyond this machine with no other keys than such, a server needs TasksBus__RequireAuthentication=true.\n")}
            """;
    }

    private string ShowSettings()
    {
        var hash = ApiKey.HashPrefix + Convert.ToHexStringLower(ApiKey.HashOf(_key));
        var fields = new Dictionary<string, string> { ["Name"] = _name, ["Hash"] = hash, ["Permissions"] = string.Join(',', _permissions) };
        if (_expiresAt is { } expiry)
        {
            fields["ExpiresAt"] = expiry.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        var settings = new { TasksBus = new { ApiKeys = new[] { fields } } };
        return $"""
            {_key}

            This is the key: it is shown only now, and clients send it as Authorization: Bearer KEY.
            The server needs its hash. Either in appsettings.json:

            {JsonSerializer.Serialize(settings)}

            or in the environment, with a number of its own for each key:

            {string.Join('\n', fields.Select(static field => $"TasksBus__ApiKeys__0__{field.Key}={field.Value}"))}

            Permissions are * or some of {string.Join(",", Permissions.All)}. ExpiresAt, such as 2030-01-01T00:00:00Z, ends a key.
            """;
    }

    [GeneratedRegex(@"^(\d{1,5})d\z")]
    private static partial Regex Days();
}
