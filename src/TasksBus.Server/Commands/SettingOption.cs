using System.CommandLine;
using TasksBus.Server.Hosting;

namespace TasksBus.Server.Commands;

/// <summary>
/// A setting on the command line. Its name may contain names and numbers that the user chose, so an option is made for each setting that is
/// given. Its value is cut off before parsing, because System.CommandLine would end the name at its first colon.
/// </summary>
internal sealed class SettingOption : Option<string[]>
{
    /// <param name="name">The name as it is on the command line.</param>
    public SettingOption(string name)
        : base(name)
    {
        // Missing and repeated values get our own error texts. The last value counts, as in .NET's configuration.
        Arity = ArgumentArity.ZeroOrMore;
        Recursive = true;
    }

    /// <summary>The name in the configuration.</summary>
    public string Key => KeyOf(Name);

    public string Shown => Show(Name);

    public bool IsKnown => KnownSettings.Know(Key);

    /// <summary>
    /// Reads a setting in one of the forms that .NET's configuration reads: <c>--name=value</c>, <c>--name</c> followed by its value,
    /// <c>/name=value</c> or <c>name=value</c>.
    /// </summary>
    /// <returns>Null when the argument has no such form. Without a prefix it must be a known setting.</returns>
    public static (string Name, string? Value)? Read(string arg)
    {
        var (name, value) = arg.Split('=', 2) is [var before, var after] ? (before, after) : (arg, null);
        var isSetting = name.StartsWith("--", StringComparison.Ordinal)
            || (value is not null && (name.StartsWith('/') || KnownSettings.Know(name)));
        return isSetting && KeyOf(name).Length > 0 && !name.Any(char.IsWhiteSpace) ? (name, value) : null;
    }

    /// <summary>The name with the prefix that the help shows.</summary>
    public static string Show(string name) => $"--{KeyOf(name)}";

    /// <summary>The settings of a command line, for the configuration.</summary>
    public static string[] AllOf(ParseResult result) =>
    [
        .. result.RootCommandResult.Command.Options.OfType<SettingOption>()
            .Select(setting => (setting.Key, Values: result.GetResult(setting)?.Tokens ?? []))
            .Where(static setting => setting.Values.Count > 0)
            .Select(static setting => $"--{setting.Key}={setting.Values[^1].Value}"),
    ];

    private static string KeyOf(string name) => name.StartsWith("--", StringComparison.Ordinal) ? name[2..] : name.TrimStart('/');
}
