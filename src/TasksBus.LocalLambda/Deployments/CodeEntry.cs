using System.IO.Compression;
using System.IO.Hashing;

namespace TasksBus.LocalLambda.Deployments;

internal enum CodeEntryKind
{
    File,
    Folder,
    Link,
}

/// <summary>One entry of a function's zip file.</summary>
/// <param name="Zipped">The entry in the zip file.</param>
/// <param name="Path">The path of the entry. A folder's path has no slash at its end.</param>
/// <param name="Kind">What the entry is, by the Unix mode in the zip file if there is one.</param>
/// <param name="Mode">The permissions. They are not kept for folders, because only the function may enter them.</param>
internal sealed record CodeEntry(ZipArchiveEntry Zipped, string Path, CodeEntryKind Kind, UnixFileMode Mode)
{
    private const int TypeMask = 0xF000;
    private const int RegularType = 0x8000;
    private const int FolderType = 0x4000;
    private const int LinkType = 0xA000;
    private const int LongestTarget = 4_096;
    private const UnixFileMode Permissions = (UnixFileMode)0b111_111_111;
    private const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public long Length => Kind == CodeEntryKind.Folder ? 0 : Zipped.Length;

    /// <exception cref="PackageException">The entry is encrypted, or it is neither a file, a folder nor a link.</exception>
    public static CodeEntry Of(ZipArchiveEntry zipped)
    {
        var attributes = (int)((uint)zipped.ExternalAttributes >> 16);
        var type = attributes & TypeMask;
        var isFolder = zipped.FullName.EndsWith('/');
        if (zipped.IsEncrypted || (type is not (0 or RegularType or FolderType or LinkType)) || (type == FolderType && !isFolder)
            || (isFolder && type == LinkType))
        {
            throw new PackageException(
                $"'{zipped.FullName}' is encrypted, or neither a file, a folder nor a link: Lambda cannot unzip it.");
        }

        var kind = isFolder ? CodeEntryKind.Folder : type == LinkType ? CodeEntryKind.Link : CodeEntryKind.File;
        if (kind == CodeEntryKind.Link && zipped.Length > LongestTarget)
        {
            throw new PackageException($"'{zipped.FullName}' is a link to a path that is too long.");
        }

        var mode = (UnixFileMode)attributes & Permissions;
        return new(
            zipped, isFolder ? zipped.FullName[..^1] : zipped.FullName, kind,
            (mode == 0 ? Readable | UnixFileMode.UserWrite : mode) | UnixFileMode.UserRead);
    }

    public string ReadTarget()
    {
        using var reader = new StreamReader(Zipped.Open());
        var target = new char[LongestTarget + 1];
        var length = reader.ReadBlock(target);
        return length <= LongestTarget
            ? new string(target, 0, length) : throw new InvalidDataException("The link is longer than the zip says.");
    }

    /// <exception cref="InvalidDataException">The content does not match the zip file's table of contents.</exception>
    public async Task WriteAsync(string root)
    {
        var target = System.IO.Path.Combine(root, Path);
        if (Kind == CodeEntryKind.Folder)
        {
            Directory.CreateDirectory(target);
            return;
        }

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(target)!);
        if (Kind == CodeEntryKind.Link)
        {
            File.CreateSymbolicLink(target, ReadTarget());
            return;
        }

        await using var source = Zipped.Open();
        await using var file = Disk.OpenPrivate(target, FileMode.CreateNew);
        var buffer = new byte[81_920];
        var left = Zipped.Length;
        var sum = new Crc32();
        while (await source.ReadAsync(buffer).ConfigureAwait(false) is > 0 and var read)
        {
            // The sizes in the table of contents were checked before. A zip bomb holds more than its table of contents says.
            if ((left -= read) < 0)
            {
                throw new InvalidDataException("The file is longer than the zip says.");
            }

            sum.Append(buffer.AsSpan(0, read));
            await file.WriteAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
        }

        if (left != 0 || sum.GetCurrentHashAsUInt32() != Zipped.Crc32)
        {
            throw new InvalidDataException("The file is not what the zip says.");
        }

        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, Mode);
        }
    }
}
