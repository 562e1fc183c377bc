using System.Text;
using TasksBus.Server.Hosting;
using TasksBus.Settings;

namespace TasksBus.Server.Commands;

/// <summary>
/// The list of settings in <c>ops/docs/settings.md</c>, made from the same descriptions as <c>--help</c>. A test compares it with the page.
/// </summary>
internal static class SettingsList
{
    private const int Columns = 140;

    /// <summary>Markdown with a heading for each section and an item for each of its settings.</summary>
    public static string Text => string.Join('\n', KnownSettings.Described.GroupBy(SectionOf).Select(static section =>
        $"## {section.Key}\n\n{string.Concat(section.Select(Item))}"));

    private static string SectionOf(Setting setting)
    {
        if (KnownSettings.OfTheHost.Contains(setting))
        {
            return "Host";
        }

        // A placeholder for a name or a number belongs to the part before it.
        var names = setting.Name.Split(':').Where(static part => part is not ("NAME" or "0")).ToArray();
        return string.Join(':', names[..^1]);
    }

    private static string Item(Setting setting) => Wrap(
        $"- `{setting.Name}={setting.Value}`: {setting.Description}{(setting.Range is { } range ? $"; {range}" : "")}. "
            + $"Default: {setting.Default}.");

    private static string Wrap(string item)
    {
        StringBuilder text = new();
        var column = 0;
        foreach (var word in item.Split(' '))
        {
            if (column + 1 + word.Length > Columns)
            {
                text.Append("\n ");
                column = 1;
            }

            text.Append(column == 0 ? "" : " ").Append(word);
            column += (column == 0 ? 0 : 1) + word.Length;
        }

        return text.Append('\n').ToString();
    }
}
