using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>A deployed function in memory: replaced as a whole with each change.</summary>
/// <param name="Stored">As it is on disk.</param>
/// <param name="Code">What it runs with.</param>
/// <param name="Runs">How it runs: <paramref name="Stored"/>'s current settings in the pool's terms.</param>
internal sealed record Deployment(StoredFunction Stored, CodeFolder Code, Function Runs)
{
    public static Deployment Of(StoredFunction stored, CodeFolder code)
    {
        var record = stored.Current;
        var settings = FunctionSettings.Default with
        {
            Runtime = record.Runtime,
            Handler = record.Handler,
            Timeout = TimeSpan.FromSeconds(record.Timeout),
            MemoryMb = record.MemorySize,
            Environment = record.Environment,
        };
        var fingerprint = BitConverter.ToInt64(Guid.Parse(record.RevisionId).ToByteArray());
        return new(stored, code, new Function(record.Name, code.Path, fingerprint, settings, SettingsError: null, code));
    }
}
