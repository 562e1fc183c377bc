using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// A function's zip file. It is checked before anything is written: no name leads out of the folder or collides with another, and the
/// unpacked size is bounded. The limits are Lambda's: 50 MB zipped, 250 MB unzipped.
/// </summary>
internal static class CodePackage
{
    public const int MaxZipped = 52_428_800;
    public const long MaxUnzipped = 262_144_000;

    private const string NotAZip = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    private const int MaxEntries = 100_000;
    private const int LongestName = 1_024;
    private const int LongestSegment = 255;

    /// <exception cref="PackageException">A function may not have this file.</exception>
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

    /// <summary>Unpacks into an existing, empty folder.</summary>
    /// <exception cref="PackageException">The file's content does not match its table of contents.</exception>
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

                // Links come last, so that nothing is ever written through a link.
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

    /// <summary>Splits the path into names and checks that a file may have each of them.</summary>
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

        if (Encoding.UTF8.GetByteCount(path) > LongestName
            || segments.Any(static segment => Encoding.UTF8.GetByteCount(segment) > LongestSegment))
        {
            throw Bad(path, "is too long");
        }

        return segments;
    }

    private static PackageException TooMuch() =>
        new($"Unzipped size must be smaller than {MaxUnzipped} bytes, and {MaxEntries} files and folders");

    private static PackageException Bad(string path, string reason) =>
        new($"{NotAZip} '{(path.Length > 100 ? path[..100] + "..." : path)}' {reason}.");
}
