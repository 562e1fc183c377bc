using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using TasksBus.LocalLambda.Processes;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>File operations that .NET does not offer.</summary>
internal static partial class Disk
{
    // statx(2) and its struct, which are the same on every processor.
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint OwnerWanted = 8;
    private const int OwnerAt = 20;
    private const int StatusSize = 256;
    private const int ReadOnly = 0;
    private const int KeepUser = -1;

    /// <summary>Returns true when the server's user owns the folder itself. A link is not followed.</summary>
    public static bool IsOwn(string folder) => OwnerOf(folder) == Isolation.ServerUser && new DirectoryInfo(folder).LinkTarget is null;

    /// <summary>The owner, without following a link. Null when the system does not say.</summary>
    public static int? OwnerOf(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return OperatingSystem.IsMacOS() && CanChange(path) ? Isolation.ServerUser : null;
        }

        Span<byte> status = stackalloc byte[StatusSize];
        return Status(CurrentFolder, path, NoFollow, OwnerWanted, ref status[0]) == 0 ? BitConverter.ToInt32(status[OwnerAt..]) : null;
    }

    /// <summary>
    /// Removes a folder of ours with everything in it. It leaves what other users own below it, and the folders that hold that.
    /// </summary>
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

    /// <summary>Enumerates everything below a folder. It does not follow links, which may form circles or lead out of the folder.</summary>
    /// <param name="folder">The folder to begin with.</param>
    /// <param name="make">Makes the result for each entry.</param>
    /// <param name="enters">Decides whether to enter a folder. Null enters all.</param>
    public static FileSystemEnumerable<T> Below<T>(
        string folder, FileSystemEnumerable<T>.FindTransform make, FileSystemEnumerable<T>.FindPredicate? enters = null) =>
        new(
            folder, make,
            new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, IgnoreInaccessible = true })
        {
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !entry.Attributes.HasFlag(FileAttributes.ReparsePoint)
                && (enters is null || enters(ref entry)),
        };

    /// <summary>Opens a file for writing by this process only. A new file gets mode 0600.</summary>
    public static FileStream OpenPrivate(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>Only after this does a file that was moved into the folder survive a crash.</summary>
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

    /// <summary>
    /// Gives the group the owner's permissions, except to write, and gives others none. The folder itself comes last, so nobody gets in
    /// before.
    /// </summary>
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

    /// <summary>
    /// Returns true when this user owns the file, because only the owner may set the mode, even to the mode that it already has. Returns
    /// false for root, who may set any file's mode.
    /// </summary>
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
