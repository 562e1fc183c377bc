using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The folder in which deployed functions survive a restart: <c>functions/NAME.json</c> and <c>code/ID.zip</c>. Only the server's user may
/// enter it. Each file is written completely beside its place and moved there once it is on disk, so a crash leaves either the old or the
/// new file. Only one server at a time uses the folder.
/// </summary>
internal sealed class DeploymentStore : IDisposable
{
    private const string Temporary = ".tmp";
    private const string Zip = ".zip";
    private const string Unpacking = ".unpacking";

    /// <summary>
    /// A server may be killed at any moment. A package is blamed only when several servers in a row ended while they unpacked it.
    /// </summary>
    private const int MaxUnpackings = 3;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };
    private readonly string _root;
    private readonly string _functions;
    private readonly string _code;
    private FileStream? _lock;

    private DeploymentStore(string root)
    {
        _root = Path.GetFullPath(root);
        _functions = Path.Combine(_root, "functions");
        _code = Path.Combine(_root, "code");
    }

    /// <exception cref="LocalLambdaStartException">Another server uses the folder, or it cannot be read.</exception>
    public static (DeploymentStore Store, IReadOnlyList<SavedFunction> Functions) Open(string root)
    {
        var store = new DeploymentStore(root);
        try
        {
            store.Take();
            return (store, store.Load());
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            store.Dispose();
            throw new LocalLambdaStartException($"LocalLambda:StoragePath: '{store._root}' cannot be used: {exception.Message}", exception);
        }
    }

    /// <summary>The file with the key that the server has made.</summary>
    public static string KeyFile(string root) => Path.Combine(Path.GetFullPath(root), "key.env");

    /// <summary>
    /// The key that this server makes, the same at each start. It is kept in a file that a shell can read, for AWS' tools.
    /// </summary>
    /// <exception cref="LocalLambdaStartException">The file holds no key, or cannot be used.</exception>
    public LocalLambdaKey OwnKey()
    {
        const string access = "export AWS_ACCESS_KEY_ID=";
        const string secret = "export AWS_SECRET_ACCESS_KEY=";
        var file = KeyFile(_root);
        try
        {
            if (!File.Exists(file))
            {
                var made = LocalLambdaKey.New();
                using var stream = Disk.OpenPrivate(file, FileMode.CreateNew);
                stream.Write(
                    Encoding.ASCII.GetBytes(
                        $"{access}{made.AccessKey}\n{secret}{made.SecretKey}\nexport AWS_DEFAULT_REGION={LocalFunctionName.Region}\n"));
            }

            var lines = File.ReadAllLines(file);
            var key = new LocalLambdaKey { AccessKey = Value(access), SecretKey = Value(secret) };
            return key.AccessKey.Length > 0 && key.SecretKey.Length >= LocalLambdaKey.MinSecretLength ? key
                : throw new LocalLambdaStartException($"'{file}' holds no key: delete it, and the next start makes another.");

            string Value(string name) =>
                lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..] ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new LocalLambdaStartException($"The key of local functions cannot be kept in '{file}': {exception.Message}", exception);
        }
    }

    public string ZipOf(string codeId) => Path.Combine(_code, codeId + Zip);

    public Task WriteCodeAsync(string codeId, ReadOnlyMemory<byte> zip) => WriteAsync(ZipOf(codeId), zip);

    public Task SaveAsync(SavedFunction function) =>
        WriteAsync(FileOf(function.Current.Name), JsonSerializer.SerializeToUtf8Bytes(function, Json));

    /// <summary>
    /// Marks the code as being unpacked until the result is disposed. Returns null when too many servers ended while they unpacked this
    /// code.
    /// </summary>
    public FileStream? BeginUnpacking(string codeId)
    {
        FileInfo mark = new(Path.Combine(_code, codeId + Unpacking));
        if (mark.Exists && mark.Length >= MaxUnpackings)
        {
            return null;
        }

        // Each attempt adds a byte. The bytes of servers that were killed are still there.
        FileStream attempts = new(
            mark.FullName,
            new FileStreamOptions
            {
                Mode = FileMode.Append,
                Access = FileAccess.Write,
                Share = FileShare.Read,
                BufferSize = 0,
                Options = FileOptions.DeleteOnClose,
            });
        attempts.WriteByte((byte)'.');
        return attempts;
    }

    public void Delete(string name)
    {
        File.Delete(FileOf(name));
        Disk.SyncFolder(_functions);
    }

    public void DeleteCode(string codeId)
    {
        File.Delete(ZipOf(codeId));
        File.Delete(Path.Combine(_code, codeId + Unpacking));
    }

    public void Dispose() => _lock?.Dispose();

    private static async Task WriteAsync(string path, ReadOnlyMemory<byte> content)
    {
        var beside = path + Temporary;
        await using (var file = Disk.OpenPrivate(beside, FileMode.Create)) // environment variables are secrets
        {
            await file.WriteAsync(content).ConfigureAwait(false);
            file.Flush(flushToDisk: true);
        }

        File.Move(beside, path, overwrite: true);
        Disk.SyncFolder(Path.GetDirectoryName(path)!);
    }

    private List<SavedFunction> Load()
    {
        var functions = new List<SavedFunction>();
        foreach (var file in Directory.EnumerateFiles(_functions, "*.json"))
        {
            functions.Add(JsonSerializer.Deserialize<SavedFunction>(File.ReadAllBytes(file), Json)
                ?? throw new JsonException($"{file} holds no function."));
        }

        // Remains of a crash: nothing refers to these files.
        var used = functions.SelectMany(static function => new[] { function.Current.CodeId, function.Shown.CodeId }).ToHashSet();
        var unused = Directory.EnumerateFiles(_code).Where(
            file => Path.GetExtension(file) is Temporary
                || (Path.GetExtension(file) is Zip or Unpacking && !used.Contains(Path.GetFileNameWithoutExtension(file))));
        foreach (var file in Directory.EnumerateFiles(_functions, "*" + Temporary).Concat(unused))
        {
            File.Delete(file);
        }

        return functions;
    }

    /// <summary>Refuses a folder that holds other things, because unknown files in <c>code</c> are removed.</summary>
    private void Take()
    {
        const string lockName = "lock";
        if (Directory.Exists(_root) && Directory.EnumerateFileSystemEntries(_root).Any() && !File.Exists(Path.Combine(_root, lockName)))
        {
            throw new IOException("it holds other things: make a folder for this alone.");
        }

        PrivateFolder.MakeOrClose(_root, lockName);
        _lock = Disk.OpenPrivate(Path.Combine(_root, lockName), FileMode.OpenOrCreate);
        PrivateFolder.MakeOrClose(_functions, "");
        PrivateFolder.MakeOrClose(_code, "");
    }

    /// <summary>Names may differ only in case, which some file systems ignore.</summary>
    private string FileOf(string name) =>
        Path.Combine(_functions, string.Concat(name.Select(static c => char.IsAsciiLetterUpper(c) ? $"^{c}" : $"{c}")) + ".json");
}
