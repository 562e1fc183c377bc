using System.CommandLine;
using System.Globalization;
using TasksBus.Storage;

namespace TasksBus.Server.Commands;

/// <summary><c>--list-api-keys</c>: shows the keys in the database.</summary>
internal sealed class ListApiKeysCommand() : ServerCommand(CommandName, "the keys in the database")
{
    public const string CommandName = "--list-api-keys";

    protected override async Task<string> RunAsync(ParseResult result)
    {
        await using var database = await CommandDatabase.OpenAsync(CommandDatabase.Settings(SettingOption.AllOf(result)));
        return Table(await database.ApiKeys.AllAsync(), database.Name);
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
            .. keys.Select(
                static key => new[] { key.Name, Time(key.CreatedAt), Time(key.ExpiresAt), Time(key.LastUsedAt), key.Permissions }),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length))];
        return string.Join(
            '\n', rows.Select(row => string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd()));
    }

    private static string Time(long? microseconds) =>
        microseconds is { } time ? Microseconds.ToTime(time).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) : "never";
}
