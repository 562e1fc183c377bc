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
        var (entries, size) = (new List<CodeEntry>(), 0L);
        foreach (var zipped in archive.Entries)
        {
            var entry = CodeEntry.Of(zipped);
            if (entries.Count == MaxEntries || (size += entry.Length) > MaxUnzipped)
            {
                throw new PackageException($"Unzipped size must be smaller than {MaxUnzipped} bytes, and {MaxEntries} files");
            }

            entries.Add(entry);
        }

        if (!entries.Exists(static entry => entry.Kind != CodeEntryKind.Folder))
        {
            throw new PackageException("Uploaded file must be a non-empty zip");
        }

        var paths = new Dictionary<string, CodeEntryKind>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            CheckPath(entry.Path);
            if (!paths.TryAdd(entry.Path, entry.Kind) && (entry.Kind != CodeEntryKind.Folder || paths[entry.Path] != CodeEntryKind.Folder))
            {
                throw Bad(entry.Path, "is there twice");
            }
        }

        foreach (var entry in entries)
        {
            if (Parents(entry.Path).FirstOrDefault(parent => paths.TryGetValue(parent, out var kind) && kind != CodeEntryKind.Folder) is { } parent)
            {
                throw Bad(entry.Path, $"lies below '{parent}', which is no folder");
            }

            if (entry.Kind == CodeEntryKind.Link)
            {
                CheckTarget(entry.Path, entry.ReadTarget(), paths);
            }
        }

        return entries;
    }

    private static void CheckPath(string path)
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
    }

    /// <summary>A link may lead anywhere below the root, but not by way of another link: only then its path says where it leads.</summary>
    private static void CheckTarget(string path, string target, Dictionary<string, CodeEntryKind> paths)
    {
        var at = path.Split('/')[..^1].ToList();
        if (target.Length == 0 || target.StartsWith('/') || target.Contains('\0', StringComparison.Ordinal))
        {
            throw Bad(path, "is a link that leads out of the package");
        }

        var isDown = false;
        foreach (var segment in target.Split('/'))
        {
            if (segment is "" or ".")
            {
                continue;
            }

            if (segment == ".." && (isDown || at.Count == 0))
            {
                throw Bad(path, "is a link that leads out of the package");
            }

            if (segment == "..")
            {
                at.RemoveAt(at.Count - 1);
            }
            else
            {
                isDown = true;
                at.Add(segment);
            }
        }

        if (Parents(string.Join('/', at)).Any(parent => paths.TryGetValue(parent, out var kind) && kind == CodeEntryKind.Link))
        {
            throw Bad(path, "is a link that leads through another link");
        }
    }

    private static IEnumerable<string> Parents(string path)
    {
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            yield return path[..slash];
        }
    }

    private static PackageException Bad(string path, string reason) => new($"{NotAZip} '{(path.Length > 100 ? path[..100] + "..." : path)}' {reason}.");
}
