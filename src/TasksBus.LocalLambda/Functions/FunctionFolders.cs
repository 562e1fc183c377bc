using System.Collections.Concurrent;
using System.IO.Enumeration;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Functions;

/// <summary>
/// Finds functions by name. Every look-up checks the folder's files for changes, so an edit takes effect with the next invocation. A
/// watcher would cost less, but it reports late, and fails silently on shared folders.
/// </summary>
internal sealed class FunctionFolders(string root)
{
    private static readonly string[] IndexFiles = ["index.mjs", "index.js", "index.cjs"];
    private const string FolderRole = "arn:aws:iam::000000000000:role/folder"; // a folder has none, and the API no word for that
    private readonly string _root = Path.GetFullPath(root);
    private readonly ConcurrentDictionary<string, Function> _known = new(StringComparer.Ordinal);

    /// <summary>Returns the function, or null when no folder of that name holds one.</summary>
    /// <param name="name">A name that <see cref="LocalFunctionName"/> accepted, so it cannot lead out of the root.</param>
    public Function? Find(string name)
    {
        var known = _known.GetValueOrDefault(name);
        var folder = known?.Folder ?? Path.Combine(_root, name);
        long fingerprint;
        try
        {
            fingerprint = FingerprintOf(folder);
        }
        catch (IOException) when (!Directory.Exists(folder))
        {
            _known.TryRemove(name, out _);
            return null;
        }

        if (known is not null && known.Fingerprint == fingerprint)
        {
            return known;
        }

        var function = Load(name, folder, fingerprint);
        if (function is not null)
        {
            _known[name] = function;
        }

        return function;
    }

    /// <summary>The names of the functions that can be invoked.</summary>
    public IEnumerable<string> Names() => new DirectoryInfo(_root).EnumerateDirectories()
        .Select(static folder => folder.Name)
        .Where(name => LocalFunctionName.Resolve(name, qualifier: null) == name && Find(name) is not null);

    /// <summary>
    /// Describes a folder as if it had been deployed, or returns null. The size is that of the files. The hash and the revision change with
    /// the files.
    /// </summary>
    public FunctionRecord? Describe(string name)
    {
        if (Find(name) is not { } function)
        {
            return null;
        }

        var files = Disk.Below(function.Folder, static (ref FileSystemEntry entry) => entry.ToFileSystemInfo()).OfType<FileInfo>()
            .Where(static file => file.LinkTarget is null).OrderBy(static file => file.FullName, StringComparer.Ordinal).ToList();
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(
            string.Join(
                '\n',
                files.Select(
                    file => $"{Path.GetRelativePath(function.Folder, file.FullName)} {file.Length} {file.LastWriteTimeUtc.Ticks}"))));
        return new FunctionRecord
        {
            Name = name,
            Runtime = function.Settings.Runtime,
            Handler = function.Settings.Handler,
            Role = FolderRole,
            Timeout = (int)function.Settings.Timeout.TotalSeconds,
            MemorySize = function.Settings.MemoryMb,
            Environment = function.Settings.Environment,
            Architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x86_64",
            CodeSha256 = Convert.ToBase64String(hash),
            CodeSize = files.Sum(static file => file.Length),
            RevisionId = new Guid(hash.AsSpan(0, 16)).ToString(),
            LastModified = files.Max(static file => file.LastWriteTimeUtc),
            State = FunctionState.Active,
            LastUpdateStatus = UpdateStatus.Successful,
        };
    }

    private static Function? Load(string name, string folder, long fingerprint)
    {
        var settingsFile = Path.Combine(folder, LocalFunctionSettings.FileName);
        if (!File.Exists(settingsFile))
        {
            return IndexFiles.Any(file => File.Exists(Path.Combine(folder, file)))
                ? new Function(name, folder, fingerprint, LocalFunctionSettings.Default, SettingsError: null)
                : null;
        }

        try
        {
            var settings = LocalFunctionSettings.Parse(File.ReadAllBytes(settingsFile));
            return new Function(name, folder, fingerprint, settings, SettingsError: null);
        }
        catch (FunctionSettingsException exception)
        {
            return new Function(name, folder, fingerprint, LocalFunctionSettings.Default, exception.Message);
        }
    }

    /// <summary>
    /// Hashes the names, sizes and times of all files, in any order. Packages count only by their folder's time, because they may have
    /// thousands of files, which nobody edits by hand. A link to a folder counts as the link itself.
    /// </summary>
    private static long FingerprintOf(string folder)
    {
        var entries = Disk.Below(
            folder, static (ref FileSystemEntry entry) => HashOf(ref entry),
            static (ref FileSystemEntry entry) => entry.FileName is not "node_modules" && !entry.FileName.StartsWith('.'));
        var sum = 17L;
        foreach (var hash in entries)
        {
            sum += hash;
        }

        return sum;
    }

    private static long HashOf(ref FileSystemEntry entry)
    {
        var hash = new HashCode();
        hash.Add(string.GetHashCode(entry.FileName));
        hash.Add(string.GetHashCode(entry.Directory));
        hash.Add(entry.LastWriteTimeUtc.UtcTicks);
        hash.Add(entry.IsDirectory ? -1 : entry.Length);
        return hash.ToHashCode() * 0x9E3779B9L;
    }
}
