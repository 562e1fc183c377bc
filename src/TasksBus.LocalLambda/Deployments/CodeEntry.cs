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
/// <param name="Zipped">The entry.</param>
/// <param name="Path">Without the slash that ends a folder's.</param>
/// <param name="Kind">By the Unix mode that the zip holds, where it holds one.</param>
/// <param name="Mode">What others may do with it is not kept for folders: nobody but the function comes in.</param>
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

    /// <exception cref="PackageException">It is encrypted, or a device or the like.</exception>
    public static CodeEntry Of(ZipArchiveEntry zipped)
    {
        var attributes = (int)((uint)zipped.ExternalAttributes >> 16);
        var type = attributes & TypeMask;
        var isFolder = zipped.FullName.EndsWith('/');
        if (zipped.IsEncrypted || (type is not (0 or RegularType or FolderType or LinkType)) || (type == FolderType && !isFolder) || (isFolder && type == LinkType))
        {
            throw new PackageException($"'{zipped.FullName}' is encrypted, or neither a file, a folder nor a link: Lambda cannot unzip it.");
        }

        var kind = isFolder ? CodeEntryKind.Folder : type == LinkType ? CodeEntryKind.Link : CodeEntryKind.File;
        if (kind == CodeEntryKind.Link && zipped.Length > LongestTarget)
        {
            throw new PackageException($"'{zipped.FullName}' is a link to a path that is too long.");
        }

        var mode = (UnixFileMode)attributes & Permissions;
        return new(zipped, isFolder ? zipped.FullName[..^1] : zipped.FullName, kind, (mode == 0 ? Readable | UnixFileMode.UserWrite : mode) | UnixFileMode.UserRead);
    }

    public string ReadTarget()
    {
        using var reader = new StreamReader(Zipped.Open());
        var target = new char[LongestTarget + 1];
        var length = reader.ReadBlock(target);
        return length <= LongestTarget ? new string(target, 0, length) : throw new InvalidDataException("The link is longer than the zip says.");
    }

    /// <exception cref="InvalidDataException">The content is not what the zip says.</exception>
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
            // What the table of contents says was counted; a bomb says less than it holds.
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
