using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;

namespace TasksBus.Server.Commands;

/// <summary>
/// <c>--new-api-key [NAME] [--permissions A,B] [--expires TIME] [--store]</c>: makes a key and shows it, only this once. It shows the
/// settings that admit the key, or stores the key in the database.
/// </summary>
internal sealed partial class NewApiKeyCommand : ServerCommand
{
    private readonly Argument<string?> _name = new("NAME") { Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _permissions = new("--permissions");
    private readonly Option<string?> _expires = new("--expires");
    private readonly Option<bool> _store = new("--store");
    private readonly TimeProvider _time;

    public NewApiKeyCommand(TimeProvider time)
        : base("--new-api-key", "makes an API key, and shows it with its settings; or stores its hash in the database")
    {
        _time = time;
        Arguments.Add(_name);
        Options.Add(_permissions);
        Options.Add(_expires);
        Options.Add(_store);
    }

    public override string Usage =>
        $"{Name} takes one name, of 1 to 64 letters, digits, '.', '_' or '-', such as billing; then --permissions A,B and --expires "
            + "2030-01-01T00:00:00Z or 90d; and --store, to put it into the database.";

    protected override async Task<string> RunAsync(ParseResult result)
    {
        var name = result.GetValue(_name) ?? "default";
        if (name.StartsWith('-') || !ApiKeySettings.IsName(name))
        {
            throw new StartException(Usage);
        }

        NewKey key = new(
            ApiKey.New(), name,
            result.GetValue(_permissions) is { } permissions
                ? ApiKeySettings.ReadPermissions([permissions], _permissions.Name) : [Permissions.Everything],
            result.GetValue(_expires) is { } expires ? ReadExpiry(expires) : null);
        return result.GetValue(_store) ? await StoreAsync(key, SettingOption.AllOf(result)) : ShowSettings(key);
    }

    private DateTimeOffset ReadExpiry(string text)
    {
        var expiry = Days().Match(text) is { Success: true, Groups: [_, { ValueSpan: var days }] }
            ? _time.GetUtcNow().AddDays(int.Parse(days, CultureInfo.InvariantCulture))
            : ApiKeySettings.ReadExpiry(text, _expires.Name);
        return expiry > _time.GetUtcNow()
            ? expiry : throw new StartException($"{_expires.Name} is {text}, which has passed. Choose a time that is still to come.");
    }

    private static async Task<string> StoreAsync(NewKey key, string[] arguments)
    {
        var settings = CommandDatabase.Settings(arguments);
        var isClosed = HttpApi.IsClosedBy(settings);
        await using var database = await CommandDatabase.OpenAsync(settings);
        var row = new StoredApiKey
        {
            Name = key.Name,
            Hash = ApiKey.HashOf(key.Text),
            Permissions = string.Join(',', key.Permissions),
            ExpiresAt = key.ExpiresAt is { } expiry ? Microseconds.Of(expiry) : null,
        };
        if (!await database.ApiKeys.AddAsync(row))
        {
            throw new StartException(
                $"There is a key '{key.Name}' in {database.Name} already. Choose another name, or revoke that one with "
                    + $"--revoke-api-key {key.Name}.");
        }

        var advice = isClosed ? ""
            : "To listen beyond this machine with no other keys than such, a server needs TasksBus__RequireAuthentication=true.\n";
        var howToEnd = $"--revoke-api-key {key.Name} ends it";
        return $"""
            {key.Text}

            This is the key: it is shown only now, and clients send it as Authorization: Bearer KEY.
            Its hash is in {database.Name} as '{key.Name}', and it lets in within seconds, at every api of that database; {howToEnd}.
            {advice}
            """;
    }

    private static string ShowSettings(NewKey key)
    {
        var hash = ApiKey.HashPrefix + Convert.ToHexStringLower(ApiKey.HashOf(key.Text));
        var fields =
            new Dictionary<string, string> { ["Name"] = key.Name, ["Hash"] = hash, ["Permissions"] = string.Join(',', key.Permissions) };
        if (key.ExpiresAt is { } expiry)
        {
            fields["ExpiresAt"] = expiry.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        }

        var settings = new { TasksBus = new { ApiKeys = new[] { fields } } };
        return $"""
            {key.Text}

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

    private sealed record NewKey(string Text, string Name, List<string> Permissions, DateTimeOffset? ExpiresAt);
}
