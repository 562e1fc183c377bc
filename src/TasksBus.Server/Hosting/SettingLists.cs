namespace TasksBus.Server.Hosting;

internal static class SettingLists
{
    /// <summary>A setting of several texts: each with a number of its own, or joined by ','.</summary>
    public static IEnumerable<string> Read(IConfigurationSection section) =>
        section.GetChildren().Select(static child => child.Value ?? "").Append(section.Value ?? "")
            .SelectMany(static text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
