using System.CommandLine;
using Spectre.Console;
using TasksBus.Tool.Connecting;
using TasksBus.Tool.Output;

namespace TasksBus.Tool.Commands;

/// <summary><c>profile</c>: servers and keys under names of the user.</summary>
internal sealed class ProfileCommand : GroupCommand
{
    private static readonly Column[] s_columns = [new("NAME"), new("CURRENT"), new("SERVER"), new("KEY")];

    private readonly Stage _stage;
    private readonly Argument<string> _name = new("NAME") { Description = "the name of the profile" };

    private readonly Option<bool> _askKey = new("--ask-key")
    {
        Description = "ask for the key without showing it, or read it from the standard input",
    };

    private readonly Option<bool> _noKey = new("--no-key") { Description = "take the key out of the profile" };

    public ProfileCommand(Stage stage)
        : base("profile", "Works with profiles: a server and a key under a name of yours, in a file that only you may read.")
    {
        _stage = stage;
        Subcommands.Add(new PartCommand("list", "Lists the profiles. It does not show keys.", stage, [], [], ListAsync));
        Subcommands.Add(new PartCommand(
            "set", "Makes or changes a profile, from --server and --ask-key. The first one is the current one.", stage, [_name],
            [_askKey, _noKey], SetAsync));
        Subcommands.Add(new PartCommand("use", "Makes a profile the current one.", stage, [_name], [], UseAsync));
        Subcommands.Add(new PartCommand("remove", "Removes a profile, with its key.", stage, [_name], [], RemoveAsync));
        Subcommands.Add(new PartCommand("path", "Writes where the file of profiles is.", stage, [], [], PathAsync));
        _name.CompletionSources.Add(_ => new ProfileFile(stage.Around.ConfigFolder).Read().ByName.Keys);
    }

    public override IReadOnlyList<Example> Examples { get; } =
    [
        new("tasksbus profile set prod --server https://tasks.example --ask-key", "makes a profile, and asks for the key"),
        new("tasksbus profile set prod --ask-key < key.txt", "changes its key, in a script"),
        new("tasksbus profile use prod", "lets commands use it unless they name another"),
    ];

    private static Task<int> ListAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var profiles = session.Profiles.Read();
        session.Screen.Table(s_columns, profiles.ByName.Select(pair => new[]
        {
            pair.Key, pair.Key == profiles.Current ? "current" : "", pair.Value.Server, pair.Value.Key is null ? "no key" : "has a key",
        }));
        if (profiles.ByName.Count == 0 && session.Screen.IsTerminal)
        {
            session.Screen.Note("There is no profile yet. Make one: tasksbus profile set NAME --server URL --ask-key");
        }

        return Task.FromResult(ExitCode.Ok);
    }

    private async Task<int> SetAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var name = arguments.GetRequiredValue(_name);
        if (name.Length is 0 or > 64 || !name.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-'))
        {
            throw ToolException.Usage("The name of a profile has 1 to 64 of the characters A-Z, a-z, 0-9, '.', '_' and '-'.");
        }

        var profiles = session.Profiles.Read();
        var profile = profiles.ByName.GetValueOrDefault(name) ?? new ServerProfile();
        var server = arguments.GetValue(_stage.Options.Server) ?? profile.Server
            ?? throw ToolException.Usage($"Name the server: tasksbus profile set {name} --server URL");
        if (profile is { Server: { } before, Key: not null } && Connection.ReadAddress(before) != Connection.ReadAddress(server)
            && !arguments.GetValue(_noKey) && !arguments.GetValue(_askKey) && arguments.GetValue(_stage.Options.Key) is null)
        {
            throw ToolException.Usage(
                $"The profile '{name}' has a key for {before}. Add --ask-key for the key of the new server, or --no-key.");
        }

        var key = arguments.GetValue(_noKey) ? null
            : arguments.GetValue(_stage.Options.Key) is { } given ? Connection.ReadKey(given)
            : arguments.GetValue(_askKey) ? await AskKeyAsync(session, cancellationToken)
            : profile.Key;
        profiles.ByName[name] = new() { Server = Connection.ReadAddress(server).AbsoluteUri.TrimEnd('/'), Key = key };
        session.Profiles.Write(profiles with { Current = profiles.Current ?? name });
        session.Screen.Note($"The profile '{name}' is stored{(key is null ? ", without a key" : "")}.");
        return ExitCode.Ok;
    }

    private static async Task<string> AskKeyAsync(Session session, CancellationToken cancellationToken)
    {
        string key;
        if (session.Around.IsInputTerminal)
        {
            // The terminal echoes until .NET looks at it for the first time, so look before the prompt invites typing.
            _ = Console.KeyAvailable;
            key = await session.Screen.Beside.PromptAsync(new TextPrompt<string>("Key:").Secret(null), cancellationToken);
        }
        else
        {
            key = await session.Around.Input.ReadLineAsync(cancellationToken) ?? "";
        }

        session.Screen.Hide(key);
        return Connection.ReadKey(key.Trim());
    }

    private Task<int> UseAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var (name, profiles) = Known(arguments, session);
        session.Profiles.Write(profiles with { Current = name });
        session.Screen.Note($"The current profile is '{name}'.");
        return Task.FromResult(ExitCode.Ok);
    }

    private Task<int> RemoveAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        var (name, profiles) = Known(arguments, session);
        profiles.ByName.Remove(name);
        session.Profiles.Write(profiles.Current == name ? profiles with { Current = null } : profiles);
        session.Screen.Note($"The profile '{name}' is removed.");
        return Task.FromResult(ExitCode.Ok);
    }

    private static Task<int> PathAsync(ParseResult arguments, Session session, CancellationToken cancellationToken)
    {
        session.Screen.Line(session.Profiles.FilePath);
        return Task.FromResult(ExitCode.Ok);
    }

    private (string Name, Profiles Profiles) Known(ParseResult arguments, Session session)
    {
        var name = arguments.GetRequiredValue(_name);
        var profiles = session.Profiles.Read();
        return profiles.ByName.ContainsKey(name) ? (name, profiles)
            : throw new ToolException(ExitCode.Unknown, $"There is no profile '{name}'. 'tasksbus profile list' shows those that are.");
    }
}
