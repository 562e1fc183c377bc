namespace TasksBus.LocalLambda;

/// <summary>
/// Folders that only their user may enter. Nobody else may read what is in them, including functions that run as other users.
/// </summary>
public static class PrivateFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OfOthers = (UnixFileMode)0b000_111_111;

    /// <summary>Creates the folder with mode 0700, and its missing parents too. An existing folder stays unchanged.</summary>
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

    /// <summary>
    /// Like <see cref="Make"/>, but also closes an existing folder that is open to others. It does so only if the folder is empty or ours.
    /// Any other folder is refused, because it may be anything.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="own">Names of which at least one is in the folder when it is ours. An empty name means that it is ours in any
    /// case.</param>
    /// <exception cref="UnauthorizedAccessException">The folder is open to others and holds other things, or belongs to another
    /// user.</exception>
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
            throw new UnauthorizedAccessException(
                $"others may enter it (mode {mode}), and it holds other things: make a folder for this alone, or close it with chmod 700.");
        }

        try
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) & ~OfOthers);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UnauthorizedAccessException(
                $"others may enter it (mode {mode}), and it is another user's: choose a folder inside it, which is then "
                    + "made for this user alone.",
                exception);
        }
    }
}
