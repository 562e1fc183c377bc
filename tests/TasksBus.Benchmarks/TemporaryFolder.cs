namespace TasksBus.Benchmarks;

/// <summary>A folder on the working folder's disk (memory would flatter the commits), removed at the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateDirectory(Path.GetFullPath($".data/bench-{Guid.NewGuid():N}")).FullName;

    public string File(string name) => Path.Combine(_path, name);

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
