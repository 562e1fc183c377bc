using System.IO.Compression;
using System.Text;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Functions.Registry;

/// <summary>A function's code: a zip file that a caller sends. It is checked, but never unpacked here.</summary>
internal static class DeploymentPackage
{
    /// <summary>Lambda's limit for a zip that is sent with the call: 50 MB.</summary>
    public const int MaxBytes = 52_428_800;

    /// <summary>Lambda's limit for the unpacked content: 250 MB.</summary>
    public const long MaxUnpackedBytes = 262_144_000;

    /// <summary>The file type of symbolic links in the Unix mode, in a zip's external attributes.</summary>
    private const int LinkMode = 0xA000;

    private const int MaxLinkLength = 4_096;

    /// <summary>Returns the zip file.</summary>
    /// <param name="base64">The text that was sent.</param>
    /// <param name="function">The function that is to run it.</param>
    /// <exception cref="CommandRefusedException">The zip file cannot be deployed.</exception>
    public static byte[] Read(string base64, FunctionSettings function)
    {
        if (base64.Length > MaxBytes / 3L * 4 + 4)
        {
            throw Refused($"code is larger than {MaxBytes / 1024 / 1024} MB, which is the most that Lambda takes.");
        }

        var zip = new byte[base64.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(base64, zip, out var length))
        {
            throw Refused("code is not base64: send a zip file, encoded as base64.");
        }

        if (length is 0 or > MaxBytes)
        {
            throw Refused(length == 0
                ? "code is empty: send a zip file, encoded as base64."
                : $"code has {length} bytes; Lambda takes at most {MaxBytes}.");
        }

        Array.Resize(ref zip, length);
        try
        {
            using ZipArchive archive = new(new MemoryStream(zip, writable: false), ZipArchiveMode.Read);
            return Fault([.. archive.Entries], function) is { } fault ? throw Refused(fault) : zip;
        }
        catch (InvalidDataException)
        {
            throw Refused("code is not a zip file, or a damaged one.");
        }
    }

    private static string? Fault(IReadOnlyList<ZipArchiveEntry> entries, FunctionSettings function)
    {
        var files = entries.Where(static entry => !IsFolder(entry)).ToList();
        if (files.Count == 0)
        {
            return "code is a zip file without files.";
        }

        var links = entries.Where(static entry => IsLink(entry)).Select(static entry => entry.FullName).ToHashSet(StringComparer.Ordinal);
        bool IsOutside(ZipArchiveEntry entry) =>
            Escapes(entry.FullName) || IsBelow(entry, links) || (IsLink(entry) && LeadsOut(entry));
        if (entries.FirstOrDefault(IsOutside) is { } escaping)
        {
            return $"code has a path that leads out of its folder: '{ErrorText.Clean(escaping.FullName, 100)}'.";
        }

        var unpacked = files.Sum(static entry => entry.Length);
        return unpacked > MaxUnpackedBytes ? $"code has {unpacked} bytes when it is unpacked; Lambda takes at most {MaxUnpackedBytes}."
            : EntryPoints(function) is { Count: > 0 } wanted
                && !files.Any(file => wanted.Contains(file.FullName.Replace('\\', '/').TrimStart('.', '/')))
                ? $"code has no file for the entry point '{function.EntryPoint}': {string.Join(" or ", wanted)} must be in the zip, at its "
                    + "top or below the folder that the entry point names."
            : null;
    }

    /// <summary>The files to which the entry point may refer. Empty when only the runtime itself knows.</summary>
    private static IReadOnlyList<string> EntryPoints(FunctionSettings function)
    {
        var entryPoint = function.EntryPoint;
        if (function.Runtime.StartsWith("provided", StringComparison.Ordinal))
        {
            return ["bootstrap"];
        }

        var name = entryPoint.LastIndexOf('/') + 1;
        var (first, last) = (entryPoint.IndexOf('.', name), entryPoint.LastIndexOf('.'));
        if (first <= name)
        {
            return [];
        }

        var (file, module) = (entryPoint[..first], entryPoint[..last].Replace('.', '/'));
        return function.Runtime.StartsWith("nodejs", StringComparison.Ordinal) ? [$"{file}.js", $"{file}.mjs", $"{file}.cjs"]
            : function.Runtime.StartsWith("python", StringComparison.Ordinal) ? [$"{module}.py", $"{module}/__init__.py"]
            : function.Runtime.StartsWith("ruby", StringComparison.Ordinal) ? [$"{file}.rb"]
            : [];
    }

    private static bool IsFolder(ZipArchiveEntry entry) => entry.FullName.EndsWith('/') || entry.FullName.EndsWith('\\');

    /// <summary>A name with the backslashes of Windows is a path too, and so is one with a drive.</summary>
    private static bool Escapes(string path) =>
        path.Length == 0 || path[0] is '/' or '\\' || path.Contains(':', StringComparison.Ordinal)
            || path.Contains('\0', StringComparison.Ordinal)
        || path.Split('/', '\\').Contains("..");

    /// <summary>Returns true when the path goes through a link, which may lead elsewhere.</summary>
    private static bool IsBelow(ZipArchiveEntry entry, HashSet<string> links)
    {
        var path = entry.FullName;
        for (var end = path.IndexOf('/', StringComparison.Ordinal); links.Count > 0 && end >= 0; end = path.IndexOf('/', end + 1))
        {
            if (links.Contains(path[..end]))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsLink(ZipArchiveEntry entry) => (entry.ExternalAttributes >> 16 & 0xF000) == LinkMode;

    /// <summary>Returns true when a link leads above the folder into which the zip file is unpacked.</summary>
    private static bool LeadsOut(ZipArchiveEntry link)
    {
        if (link.Length is 0 or > MaxLinkLength)
        {
            return true;
        }

        using var stream = link.Open();
        var target = new byte[MaxLinkLength];
        var path = Encoding.UTF8.GetString(target, 0, stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false));
        if (path.Length == 0 || path[0] is '/' or '\\')
        {
            return true;
        }

        // All steps up must come before the steps down. A step up after a name may start from wherever that name leads.
        var parts = path.Split('/', '\\').Where(static part => part is not ("" or ".")).ToList();
        var up = parts.TakeWhile(static part => part == "..").Count();
        return up > link.FullName.Count(static letter => letter == '/') || parts.Skip(up).Contains("..");
    }

    private static CommandRefusedException Refused(string message) => new(ErrorCode.InvalidFunctionCode, message);
}
