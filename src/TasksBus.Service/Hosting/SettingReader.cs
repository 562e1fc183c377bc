using System.Reflection;
using TasksBus.Settings;

namespace TasksBus.Service.Hosting;

/// <summary>Reads options that are needed before there are services. They are checked as other options are.</summary>
public static class SettingReader
{
    /// <exception cref="StartException">A setting is not valid.</exception>
    public static TOptions Read<TOptions>(IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        var values = configuration.GetSection(section);
        var options = values.Get<TOptions>() ?? new();
        foreach (var property in typeof(TOptions)
            .GetProperties()
            .Where(static property => property.GetCustomAttribute<JoinedAttribute>() is not null))
        {
            // The binder reads only real lists, and adds to the default.
            property.SetValue(
                options,
                List(values.GetSection(property.Name)).ToArray() is { Length: > 0 } texts ? texts : property.GetValue(new TOptions()));
        }

        var faults = SettingFaults.Of(options, section).ToList();
        return faults.Count == 0 ? options : throw new StartException(string.Join(" ", faults));
    }

    /// <summary>Reads a setting with several texts: each with its own number, or joined by ','.</summary>
    public static IEnumerable<string> List(IConfigurationSection section) =>
        section.GetChildren().Select(static child => child.Value ?? "").Append(section.Value ?? "")
            .SelectMany(static text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
