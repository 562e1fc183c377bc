using System.Collections;

namespace TasksBus.Server.Hosting;

/// <summary>What is misspelt must not be lost: a setting of ours that nobody reads, or whose value is not of its type, ends the start.</summary>
internal static class SettingCheck
{
    private const string Hosting = "ASPNETCORE_";
    private const string Databases = "ConnectionStrings";

    /// <summary>In names of sections, which are short, and in which a letter more makes another word.</summary>
    private const int NearSection = 2;

    /// <exception cref="StartException">There is such a setting.</exception>
    public static void Run(IConfiguration configuration)
    {
        List<string> faults =
        [
            .. configuration.GetChildren().Select(FaultOfSection).OfType<string>(),
            .. Below(configuration, TasksBusOptions.Section).Select(static setting => FaultOf(setting.Key, setting.Value!)).OfType<string>(),
            .. Below(configuration, Databases).Where(static setting => KnownSettings.Ours.Any(known => Spelling.Distance(known.Name.ToUpperInvariant(), setting.Key.ToUpperInvariant()) <= NearSection))
                .Select(static setting => FaultOf(setting.Key, setting.Value!)).OfType<string>(),
            .. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => FaultOfVariable((string)variable.Key)).OfType<string>(),
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
        return KnownSettings.Ours.FirstOrDefault(known => known.Is(parts)) is { } known ? known.FaultOf(path, value)
            : KnownSettings.Ours.FirstOrDefault(known => known.IsBelow(parts)) is not { } below ? $"{path} is no setting.{Spelling.Advice(path, KnownSettings.Names)} --help lists the settings."
            // A list or an object without anything in it.
            : value.Length == 0 ? null
            : $"{path} has settings of its own, such as {below.Name}; it takes no value itself.";
    }

    /// <summary>A section whose name is almost one of ours: all in it would be lost.</summary>
    private static string? FaultOfSection(IConfigurationSection section)
    {
        var parts = new[] { section.Key };
        if (KnownSettings.All.Any(known => known.Is(parts) || known.IsBelow(parts)))
        {
            return null;
        }

        return section.GetChildren().Any()
            ? new[] { TasksBusOptions.Section, Databases }.FirstOrDefault(name => Spelling.Distance(name.ToUpperInvariant(), section.Key.ToUpperInvariant()) <= NearSection) is { } near
                ? $"{section.Key} is no section of settings. Did you mean {near}?" : null
            : section.Key.StartsWith($"{TasksBusOptions.Section}_", StringComparison.Ordinal)
                ? $"{section.Key} is no setting: in the environment two underscores stand between a setting's parts.{Spelling.Advice(section.Key.Replace('_', ':'), KnownSettings.Names)}"
            : null;
    }

    /// <summary>A variable that is almost one of the host's.</summary>
    private static string? FaultOfVariable(string name)
    {
        var setting = name.StartsWith(Hosting, StringComparison.OrdinalIgnoreCase) ? name[Hosting.Length..].Replace("__", ":", StringComparison.Ordinal) : "";
        var parts = setting.Split(':');
        return parts is not [{ Length: > 3 }] and not ["URL"] || KnownSettings.All.Any(known => known.Is(parts) || known.IsBelow(parts)) ? null
            : KnownSettings.OfTheHost.FirstOrDefault(known => Spelling.Distance(known.Name.ToUpperInvariant(), setting.ToUpperInvariant()) == 1) is { } near
                ? $"{name} is no setting. Did you mean {Hosting}{near.Name.ToUpperInvariant()}?"
            : null;
    }
}
