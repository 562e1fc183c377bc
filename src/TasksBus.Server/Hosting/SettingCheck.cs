using System.Collections;
using TasksBus.Service.Hosting;

namespace TasksBus.Server.Hosting;

/// <summary>Finds misspelt settings. A setting of ours that nobody reads, or whose value is not of its type, ends the start.</summary>
internal static class SettingCheck
{
    private const string Hosting = "ASPNETCORE_";
    private const string Databases = "ConnectionStrings";

    /// <summary>A name within this edit distance of one of ours counts as misspelt. Others may have settings in the same places.</summary>
    private const int Near = 2;

    /// <exception cref="StartException">There is such a setting.</exception>
    public static void Run(IConfiguration configuration)
    {
        var ours = Below(configuration, TasksBusOptions.Section);
        var databases = Below(configuration, Databases)
            .Where(static setting => KnownSettings.Ours.Any(known => IsNear(setting.Key, known.Name)));
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => (string)variable.Key);
        List<string> faults =
        [
            .. configuration.GetChildren().Select(FaultOfSection).OfType<string>(),
            .. ours.Concat(databases).Select(static setting => FaultOf(setting.Key, setting.Value!)).OfType<string>(),
            .. variables.Select(FaultOfVariable).OfType<string>(),
        ];
        if (faults.Count > 0)
        {
            throw new StartException(string.Join(" ", faults));
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> Below(IConfiguration configuration, string section) =>
        configuration.GetSection(section).AsEnumerable().Where(static setting => setting.Value is not null);

    private static string? FaultOf(string path, string value)
    {
        var parts = path.Split(':');
        if (KnownSettings.Ours.FirstOrDefault(known => known.Is(parts)) is { } known)
        {
            return known.FaultOf(path, value);
        }

        if (KnownSettings.Ours.FirstOrDefault(known => known.IsBelow(parts)) is not { } below)
        {
            return $"{path} is no setting.{Spelling.Advice(path, KnownSettings.Names)} --help lists the settings.";
        }

        // An empty value is a list or an object without elements.
        return value.Length == 0 ? null : $"{path} has settings of its own, such as {below.Name}; it takes no value itself.";
    }

    /// <summary>Finds a section whose name is almost one of ours, because all its settings would be lost.</summary>
    private static string? FaultOfSection(IConfigurationSection section)
    {
        var name = section.Key;
        if (KnownSettings.Know(name))
        {
            return null;
        }

        if (section.GetChildren().Any())
        {
            var near = new[] { TasksBusOptions.Section, Databases }.FirstOrDefault(known => IsNear(name, known));
            return near is null ? null : $"{name} is no section of settings. Did you mean {near}?";
        }

        // A name in capitals may be a variable of our scripts.
        return !name.StartsWith($"{TasksBusOptions.Section}_", StringComparison.Ordinal) ? null
            : $"{name} is no setting: in the environment two underscores stand between a setting's parts."
                + Spelling.Advice(name.Replace('_', ':'), KnownSettings.Names);
    }

    /// <summary>Finds a variable that is almost one of the host's.</summary>
    private static string? FaultOfVariable(string variable)
    {
        if (!variable.StartsWith(Hosting, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var name = variable[Hosting.Length..].Replace("__", ":", StringComparison.Ordinal);
        var near = KnownSettings.Know(name) ? null : KnownSettings.OfTheHost.FirstOrDefault(known => IsNear(name, known.Name));
        return near is null ? null : $"{variable} is no setting. Did you mean {Hosting}{near.Name.ToUpperInvariant()}?";
    }

    private static bool IsNear(string name, string known) => Spelling.Distance(name.ToUpperInvariant(), known.ToUpperInvariant()) <= Near;
}
