using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Deployments;

/// <summary>A deployed function in memory. Each change replaces it as a whole.</summary>
/// <param name="Stored">The function as it is on disk.</param>
/// <param name="Code">The code that it runs with.</param>
/// <param name="Runs">The current settings of <paramref name="Stored"/>, in the form that the pool uses.</param>
internal sealed record Deployment(SavedFunction Stored, CodeFolder Code, Function Runs)
{
    public static Deployment Of(SavedFunction stored, CodeFolder code)
    {
        var record = stored.Current;
        var settings = LocalFunctionSettings.Default with
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
