namespace TasksBus.Tool.Connecting;

/// <summary>Where the server is, and the key for it.</summary>
/// <param name="Address">Ends with a slash.</param>
/// <param name="Profile">The name of the profile that gave the address. Null when it came from elsewhere.</param>
internal sealed record Connection(Uri Address, string? Key, string? Profile)
{
    public const string ServerVariable = "TASKSBUS_SERVER";
    public const string KeyVariable = "TASKSBUS_KEY";
    public const string ProfileVariable = "TASKSBUS_PROFILE";
    public const string DefaultServer = "http://localhost:8080";

    /// <summary>True when whoever is on the way can read the key.</summary>
    public bool SendsKeyInTheOpen => Key is not null && Address.Scheme == Uri.UriSchemeHttp && !Address.IsLoopback;

    /// <summary>
    /// Chooses the server and the key. What is nearer to the command wins: options, then variables, then the file. The key of a profile
    /// goes to the server of that profile alone.
    /// </summary>
    /// <param name="server">What <c>--server</c> says.</param>
    /// <param name="key">What <c>--key</c> says.</param>
    /// <param name="profile">What <c>--profile</c> says.</param>
    /// <exception cref="ToolException">There is no such profile, or a value is not valid.</exception>
    public static Connection Choose(string? server, string? key, string? profile, Surroundings around, Profiles profiles)
    {
        if (server is not null && profile is not null)
        {
            throw ToolException.Usage("--server and --profile exclude each other: a profile names its server.");
        }

        var named = profile is null ? null : Find(profiles, profile, "--profile");
        var address = server ?? named?.Server ?? (profile is null ? around.Set(ServerVariable) : null);
        var fromFile = address is null ? around.Set(ProfileVariable) ?? profiles.Current : profile;
        var chosen = named
            ?? (address is null && fromFile is not null ? Find(profiles, fromFile, ProfileVariable) : null);
        return new(
            ReadAddress(address ?? chosen?.Server ?? DefaultServer),
            (key ?? chosen?.Key ?? around.Set(KeyVariable)) is { } text ? ReadKey(text) : null,
            chosen is null ? null : fromFile);
    }

    /// <summary>Checks the address of a server.</summary>
    /// <exception cref="ToolException">It is none. The message does not repeat it, because it may hold a password.</exception>
    public static Uri ReadAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address is { Scheme: "http" or "https", Query: "", Fragment: "", UserInfo: "" }
            ? new(address.AbsoluteUri.TrimEnd('/') + "/")
            : throw ToolException.Usage(
                $"The server must be an http or https address without user, query and fragment, such as {DefaultServer}.");

    /// <summary>Checks a key.</summary>
    /// <exception cref="ToolException">It is none. The message does not repeat it.</exception>
    public static string ReadKey(string text) =>
        text.Length > 0 && text.All(static letter => letter is > ' ' and <= '~') ? text
            : throw ToolException.Usage("The key must be a text of printable ASCII characters without spaces.");

    private static ServerProfile Find(Profiles profiles, string name, string origin) =>
        profiles.ByName.TryGetValue(name, out var profile) ? profile
            : throw new ToolException(
                ExitCode.Unknown,
                $"There is no profile '{name}' ({origin}). "
                    + (profiles.ByName.Count == 0 ? "There are none yet: 'tasksbus profile set' makes one."
                        : $"There are: {string.Join(", ", profiles.ByName.Keys)}."));
}
