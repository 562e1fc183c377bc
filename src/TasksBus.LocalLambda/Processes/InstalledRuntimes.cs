using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Processes;

/// <summary>What this machine has to run functions with.</summary>
internal static class InstalledRuntimes
{
    /// <summary>Why functions of this kind cannot run here, or null.</summary>
    public static ValueTask<string?> WhyMissingAsync(RuntimeKind kind) => ValueTask.FromResult(kind == RuntimeKind.Node ? null : "it has Node.js only.");
}
