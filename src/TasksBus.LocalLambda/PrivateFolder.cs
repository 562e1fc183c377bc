namespace TasksBus.LocalLambda;

/// <summary>Folders that only their user may enter: what is kept in them is nobody else's to read, functions of other users among them.</summary>
public static class PrivateFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OfOthers = (UnixFileMode)0b000_111_111;

    /// <summary>Makes it with mode 0700, its parents too where they are new. One that is there stays as it is.</summary>
    public static void Make(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (Path.GetDirectoryName(path) is { Length: > 0 } parent)
        {
            Make(parent);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Private);
        }
    }

    /// <summary>The same, and one that is there and open to others: it is closed where it is empty or ours, else refused, for it may be anything.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="own">Names of which one at least is in it where it is ours; an empty one where it is so in any case.</param>
    /// <exception cref="UnauthorizedAccessException">It is open to others and holds other things, or is another user's.</exception>
    public static void MakeOrClose(string path, params string[] own)
    {
        Make(path);
        if (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & OfOthers) == 0)
        {
            return;
        }

        var mode = Convert.ToString((int)File.GetUnixFileMode(path), 8);
        if (Directory.EnumerateFileSystemEntries(path).Any() && !own.Any(name => Path.Exists(Path.Combine(path, name))))
        {
            throw new UnauthorizedAccessException($"others may enter it (mode {mode}), and it holds other things: make a folder for this alone, or close it with chmod 700.");
        }

        try
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) & ~OfOthers);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnauthorizedAccessException($"others may enter it (mode {mode}), and it is another user's: choose a folder inside it, which is then made for this user alone.", exception);
        }
    }
}
