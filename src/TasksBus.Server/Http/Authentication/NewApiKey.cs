using System.Text.Json;
using TasksBus.Server.Hosting;

namespace TasksBus.Server.Http.Authentication;

/// <summary><c>--new-api-key [NAME]</c>: makes a key and shows it, this once, with the settings that let it in.</summary>
internal static class NewApiKey
{
    private const string Option = "--new-api-key";

    public static bool IsAskedFor(string[] args) => args is [Option, ..];

    /// <exception cref="StartException">The arguments are not what they should be.</exception>
    public static string Make(string[] args)
    {
        var name = args switch
        {
            [_] => "default",
            [_, var given] when ApiKeySettings.IsName(given) => given,
            _ => throw new StartException($"{Option} takes one name, of 1 to 64 letters, digits, '.', '_' or '-', such as billing."),
        };
        var key = ApiKey.New();
        var hash = ApiKey.HashPrefix + Convert.ToHexStringLower(ApiKey.HashOf(key));
        var settings = new { TasksBus = new { ApiKeys = new[] { new { Name = name, Hash = hash, Permissions = Permissions.Everything } } } };
        return $"""
            {key}

            This is the key: it is shown only now, and clients send it as Authorization: Bearer KEY.
            The server needs its hash. Either in appsettings.json:

            {JsonSerializer.Serialize(settings)}

            or in the environment, with a number of its own for each key:

            TasksBus__ApiKeys__0__Name={name}
            TasksBus__ApiKeys__0__Hash={hash}
            TasksBus__ApiKeys__0__Permissions={Permissions.Everything}

            Permissions are * or some of {string.Join(",", Permissions.All)}. ExpiresAt, such as 2030-01-01T00:00:00Z, ends a key.
            """;
    }
}
