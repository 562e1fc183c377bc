using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace TasksBus.Storage.PostgreSql;

/// <summary>
/// Checks a connection string before it is used. No message repeats any part of it, because a part that cannot be read may be the rest of a
/// password.
/// </summary>
public static class ConnectionText
{
    private const string Form = "Write it as Host=...;Port=5432;Database=...;Username=...;Password=...; a value with ';', '=' or quotes in "
        + "it stands in quotes: Password=\"a;b\".";

    /// <summary>
    /// Returns what is wrong and how to fix it, as a text that follows the string's name. Returns null when nothing is wrong.
    /// </summary>
    public static string? FaultOf(string connectionString)
    {
        DbConnectionStringBuilder parts = [];
        try
        {
            parts.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            return $"cannot be read. {Form}";
        }

        NpgsqlConnectionStringBuilder settings = [];
        var last = "";
        foreach (string name in parts.Keys)
        {
            if (!settings.ContainsKey(name))
            {
                return $"has a part {(last.Length == 0 ? "at its beginning" : $"after {last}")} that is no setting of PostgreSQL's. {Form}";
            }

            try
            {
                settings[name] = parts[name];
            }
            catch (Exception exception) when (
                exception is ArgumentException or FormatException or InvalidCastException or OverflowException)
            {
                return $"has a value that cannot be {Shown(name)}. {Form}";
            }

            last = Shown(name);
        }

        return MissingIn(settings) is { Count: > 0 } missing ? $"lacks {string.Join(", ", missing)}. {Form}" : null;
    }

    /// <summary>A name in its usual spelling.</summary>
    private static string Shown(string name) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(name);

    private static List<string> MissingIn(NpgsqlConnectionStringBuilder settings)
    {
        if (string.IsNullOrWhiteSpace(settings.Host))
        {
            return ["Host"];
        }

        // Over a local socket the server may know the user. PGUSER may also name one.
        var isKnown = settings.Host.StartsWith('/') || !string.IsNullOrEmpty(settings.Username)
            || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("PGUSER"));
        return isKnown ? []
            : [.. new[] { ("Database", settings.Database), ("Username", settings.Username), ("Password", settings.Password) }.Where(
                static part => string.IsNullOrEmpty(part.Item2)).Select(static part => part.Item1)];
    }
}
