using System.Globalization;
using TasksBus.Server.Hosting;
using TasksBus.Storage;

namespace TasksBus.Server.Http.Authentication;

/// <summary><c>--list-api-keys</c> and <c>--revoke-api-key NAME</c>: the keys in the database.</summary>
internal static class StoredKeyCommands
{
    private const string List = "--list-api-keys";
    private const string Revoke = "--revoke-api-key";

    public static bool IsAskedFor(string[] args) => args is [List or Revoke, ..];

    /// <returns>What to tell the operator.</returns>
    /// <exception cref="StartException">The arguments are not what they should be, or there is no such key.</exception>
    public static async Task<string> RunAsync(string[] args)
    {
        if (args is [List, .. var others])
        {
            await using var database = await CommandDatabase.OpenAsync(CommandDatabase.Settings(others));
            return Table(await new ApiKeyStore(database.Model).AllAsync(), database.Name);
        }

        return args is [Revoke, var name, .. var settings] && ApiKeySettings.IsName(name)
            ? await RevokeAsync(name, settings)
            : throw new StartException($"{Revoke} takes the name of one key; {List} shows them.");
    }

    private static async Task<string> RevokeAsync(string name, string[] settings)
    {
        await using var database = await CommandDatabase.OpenAsync(CommandDatabase.Settings(settings));
        return await new ApiKeyStore(database.Model).RemoveAsync(name)
            ? $"The key '{name}' is revoked: within seconds it lets nobody in, at any api of {database.Name}."
            : throw new StartException($"There is no key '{name}' in {database.Name}; {List} shows those that are. A key that is in the settings ends when it is removed there.");
    }

    private static string Table(IReadOnlyList<StoredApiKey> keys, string database)
    {
        if (keys.Count == 0)
        {
            return $"There are no keys in {database}.";
        }

        string[][] rows =
        [
            ["NAME", "CREATED", "EXPIRES", "LAST USED", "PERMISSIONS"],
            .. keys.Select(static key => new[] { key.Name, Time(key.CreatedAt), Time(key.ExpiresAt), Time(key.LastUsedAt), key.Permissions }),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return string.Join('\n', rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string Time(long? microseconds) =>
        microseconds is { } time ? Microseconds.ToTime(time).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : "never";
}
