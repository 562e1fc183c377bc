using TasksBus.Server.Commands;
using Xunit;

namespace TasksBus.UnitTests.Commands;

/// <summary>The documents on settings say what the options say.</summary>
public sealed class SettingsListTests
{
    [Fact]
    public void The_page_of_settings_lists_those_of_the_options() =>
        Snapshot.Matches(
            "ops/docs/settings.md", $"\n{SettingsList.Text}\n", "<!-- Settings: made from the options -->\n",
            "<!-- End of the settings -->");

    [Fact]
    public void Help_is_as_it_was() => Snapshot.Matches("tests/TasksBus.UnitTests/Commands/help.txt", Help.Text);
}
