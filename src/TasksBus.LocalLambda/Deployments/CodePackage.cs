using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// A function's zip file, looked through before anything is written: no name leads out of the folder or meets another, and what it unpacks
/// to is bounded. Limits as in Lambda: 50 MB zipped, 250 MB unzipped.
/// </summary>
internal static class CodePackage
{
    public const int MaxZipped = 52_428_800;
    public const long MaxUnzipped = 262_144_000;

    private const string NotAZip = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    private const int MaxEntries = 100_000;
    private const int LongestName = 1_024;
    private const int LongestSegment = 255;

    /// <exception cref="PackageException">The file is not one that a function may have.</exception>
    public static IReadOnlyList<CodeEntry> Read(Stream zip, out ZipArchive archive)
    {
        try
        {
            archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true, Encoding.UTF8);
            return Check(archive);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new PackageException(NotAZip, exception);
        }
    }

    /// <inheritdoc cref="Read"/>
    public static void Check(ReadOnlyMemory<byte> zip)
    {
        using var stream = new MemoryStream(zip.ToArray(), writable: false);
        _ = Read(stream, out var archive);
        archive.Dispose();
    }

    public static string Sha256(ReadOnlySpan<byte> zip) => Convert.ToBase64String(SHA256.HashData(zip));

    /// <summary>Unpacks into a folder that is there and empty.</summary>
    /// <exception cref="PackageException">The file's content is not what its table of contents says.</exception>
    public static async Task UnpackAsync(Stream zip, string folder)
    {
        var entries = Read(zip, out var archive);
        using (archive)
        {
            try
            {
                foreach (var entry in entries.Where(static entry => entry.Kind != CodeEntryKind.Link))
                {
                    await entry.WriteAsync(folder).ConfigureAwait(false);
                }

                // Last, so that nothing is ever written through one.
                foreach (var entry in entries.Where(static entry => entry.Kind == CodeEntryKind.Link))
                {
                    await entry.WriteAsync(folder).ConfigureAwait(false);
                }
            }
            catch (InvalidDataException exception)
            {
                throw new PackageException(NotAZip, exception);
            }
        }
    }

    private static List<CodeEntry> Check(ZipArchive archive)
    {
        var (entries, tree, size) = (new List<CodeEntry>(), new PackageTree(), 0L);
        foreach (var zipped in archive.Entries)
        {
            var entry = CodeEntry.Of(zipped);
            size += entry.Length;
            if (size > MaxUnzipped)
            {
                throw TooMuch();
            }

            if (tree.Add(CheckPath(entry.Path), entry.Kind, entry.Kind == CodeEntryKind.Link ? entry.ReadTarget() : null) is { } reason)
            {
                throw Bad(entry.Path, reason);
            }

            if (tree.Count > MaxEntries)
            {
                throw TooMuch();
            }

            entries.Add(entry);
        }

        if (!entries.Exists(static entry => entry.Kind != CodeEntryKind.Folder))
        {
            throw new PackageException("Uploaded file must be a non-empty zip");
        }

        foreach (var link in entries.Where(static entry => entry.Kind == CodeEntryKind.Link))
        {
            if (tree.CheckLink(link.Path.Split('/')) is { } reason)
            {
                throw Bad(link.Path, reason);
            }
        }

        return entries;
    }

    /// <summary>The names of the path, each one that a file may have.</summary>
    private static string[] CheckPath(string path)
    {
        if (path.StartsWith('/') || (path.Length > 1 && path[1] == ':'))
        {
            throw Bad(path, "is an absolute path");
        }

        if (path.Contains('\\', StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal))
        {
            throw Bad(path, "holds a character that a file in a zip may not have: folders are parted by '/'");
        }

        var segments = path.Split('/');
        if (segments.Any(static segment => segment is "" or "." or ".."))
        {
            throw Bad(path, "has an empty part, '.' or '..'");
        }

        if (Encoding.UTF8.GetByteCount(path) > LongestName || segments.Any(static segment => Encoding.UTF8.GetByteCount(segment) > LongestSegment))
        {
            throw Bad(path, "is too long");
        }

        return segments;
    }

    private static PackageException TooMuch() => new($"Unzipped size must be smaller than {MaxUnzipped} bytes, and {MaxEntries} files and folders");

    private static PackageException Bad(string path, string reason) => new($"{NotAZip} '{(path.Length > 100 ? path[..100] + "..." : path)}' {reason}.");
}
