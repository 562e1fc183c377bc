using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>What .NET's files have no call for.</summary>
internal static partial class Disk
{
    // statx(2) and its struct, the same on every processor.
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint OwnerWanted = 8;
    private const int OwnerAt = 20;
    private const int StatusSize = 256;
    private const int ReadOnly = 0;
    private const int KeepUser = -1;

    /// <summary>Whether the folder itself, not what a link of its name leads to, is the server's user's.</summary>
    public static bool IsOwn(string folder) => OwnerOf(folder) == Isolation.ServerUser && new DirectoryInfo(folder).LinkTarget is null;

    /// <summary>Who owns it, a link's target left aside; null where the system does not say.</summary>
    public static int? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OperatingSystem.IsMacOS() && CanChange(path) ? Isolation.ServerUser : null;
        }

        Span<byte> status = stackalloc byte[StatusSize];
        return Status(CurrentFolder, path, NoFollow, OwnerWanted, ref status[0]) == 0 ? BitConverter.ToInt32(status[OwnerAt..]) : null;
    }

    /// <summary>Removes a folder of our own with all that is in it, but what other users own below it stays, with the folders that hold it.</summary>
    public static void DeleteOwn(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (entry is not DirectoryInfo || entry.LinkTarget is not null)
            {
                entry.Delete();
            }
            else if (IsOwn(entry.FullName))
            {
                DeleteOwn(entry.FullName);
            }
            else
            {
                Directory.Delete(entry.FullName); // its owner has emptied it
            }
        }

        Directory.Delete(folder);
    }

    /// <summary>All that is below a folder. What a link leads to is not: links may go round in circles, and out of the folder.</summary>
    /// <param name="folder">Where to begin.</param>
    /// <param name="make">What to make of each entry.</param>
    /// <param name="enters">Whether to go into a folder; null for all.</param>
    public static FileSystemEnumerable<T> Below<T>(string folder, FileSystemEnumerable<T>.FindTransform make, FileSystemEnumerable<T>.FindPredicate? enters = null) =>
        new(folder, make, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && (enters is null || enters(ref entry)),
        };

    /// <summary>For writing, by this one only; mode 0600 where it is new.</summary>
    public static FileStream OpenPrivate(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Only then a file that was moved into the folder stays there whatever happens.</summary>
    public static void SyncFolder(string path)
    {
        var folder = Open(path, ReadOnly);
        if (folder >= 0)
        {
            _ = Sync(folder);
            _ = Close(folder);
        }
    }

    public static void Own(string path, int userId, int groupId)
    {
        if (ChangeOwner(path, userId, groupId) != 0)
        {
            throw new IOException($"'{path}' cannot be given to the user {userId}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    /// <summary>The group may do what the owner may, but write; others nothing. The folder itself comes last: until then nobody gets in.</summary>
    public static void HandToGroup(string folder, int groupId)
    {
        foreach (var entry in Below(folder, static (ref FileSystemEntry entry) => entry.ToFileSystemInfo()))
        {
            Give(entry);
        }

        Give(new DirectoryInfo(folder));

        void Give(FileSystemInfo entry)
        {
            Own(entry.FullName, KeepUser, groupId);
            if (entry.LinkTarget is null && !OperatingSystem.IsWindows())
            {
                var owner = entry.UnixFileMode & (UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                entry.UnixFileMode = owner | (UnixFileMode)(((int)owner >> 3) & (int)(UnixFileMode.GroupRead | UnixFileMode.GroupExecute));
            }
        }
    }

    /// <summary>Only its owner may set the mode, be it to what it is.</summary>
    [UnsupportedOSPlatform("windows")]
    private static bool CanChange(string path)
    {
        try
        {
            File.SetUnixFileMode(path, File.GetUnixFileMode(path));
            return Isolation.ServerUser != 0; // root may set anybody's
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint wanted, ref byte status);

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int userId, int groupId);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
