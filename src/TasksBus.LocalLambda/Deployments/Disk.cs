using System.Runtime.InteropServices;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>What .NET's files have no call for.</summary>
internal static partial class Disk
{
    private const int ReadOnly = 0;
    private const int KeepUser = -1;

    /// <summary>Mode 0700, also where it was there before.</summary>
    public static void MakePrivateFolder(string path)
    {
        Directory.CreateDirectory(path);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

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
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None };
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", everything))
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

    [LibraryImport("libc", EntryPoint = "lchown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, int userId, int groupId);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
