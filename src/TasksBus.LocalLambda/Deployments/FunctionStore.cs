using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>
/// The folder in which deployed functions survive a restart: <c>functions/NAME.json</c> and <c>code/ID.zip</c>, for the server's user
/// only. Each file is written whole beside its place, and moved there once it is on disk: a crash leaves the old one or the new one.
/// It is made when the first function is deployed, and belongs to one server at a time.
/// </summary>
internal sealed class FunctionStore : IDisposable
{
    private const string Temporary = ".tmp";
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };
    private readonly string _root;
    private readonly string _functions;
    private readonly string _code;
    private FileStream? _lock;

    private FunctionStore(string root)
    {
        _root = Path.GetFullPath(root);
        _functions = Path.Combine(_root, "functions");
        _code = Path.Combine(_root, "code");
    }

    /// <exception cref="LocalLambdaStartException">Another server uses the folder, or it cannot be read.</exception>
    public static (FunctionStore Store, IReadOnlyList<StoredFunction> Functions) Open(string root)
    {
        var store = new FunctionStore(root);
        try
        {
            return (store, Directory.Exists(store._root) ? store.Load() : []);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            store.Dispose();
            throw new LocalLambdaStartException($"LocalLambda:StoragePath: '{store._root}' cannot be used: {exception.Message}", exception);
        }
    }

    public string ZipOf(string codeId) => Path.Combine(_code, codeId + ".zip");

    public async Task WriteCodeAsync(string codeId, ReadOnlyMemory<byte> zip)
    {
        Take();
        await WriteAsync(ZipOf(codeId), zip).ConfigureAwait(false);
    }

    public Task SaveAsync(StoredFunction function)
    {
        Take();
        return WriteAsync(FileOf(function.Current.Name), JsonSerializer.SerializeToUtf8Bytes(function, Json));
    }

    public void Delete(string name)
    {
        File.Delete(FileOf(name));
        Disk.SyncFolder(_functions);
    }

    public void DeleteCode(string codeId) => File.Delete(ZipOf(codeId));

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

    private List<StoredFunction> Load()
    {
        Take();
        var functions = new List<StoredFunction>();
        foreach (var file in Directory.EnumerateFiles(_functions, "*.json"))
        {
            functions.Add(JsonSerializer.Deserialize<StoredFunction>(File.ReadAllBytes(file), Json)
                ?? throw new JsonException($"{file} holds no function."));
        }

        // What a crash left half-way: nothing refers to it.
        var used = functions.SelectMany(static function => new[] { function.Current.CodeId, function.Shown.CodeId }).Select(ZipOf).ToHashSet();
        foreach (var file in Directory.EnumerateFiles(_functions, "*" + Temporary).Concat(Directory.EnumerateFiles(_code).Where(file => !used.Contains(file))))
        {
            File.Delete(file);
        }

        return functions;
    }

    private void Take()
    {
        if (_lock is not null)
        {
            return;
        }

        Disk.MakePrivateFolder(_root);
        Disk.MakePrivateFolder(_functions);
        Disk.MakePrivateFolder(_code);
        _lock = Disk.OpenPrivate(Path.Combine(_root, "lock"), FileMode.OpenOrCreate);
    }

    /// <summary>Names differ in case, which not every file system sees.</summary>
    private string FileOf(string name) =>
        Path.Combine(_functions, string.Concat(name.Select(static c => char.IsAsciiLetterUpper(c) ? $"^{c}" : $"{c}")) + ".json");
}
