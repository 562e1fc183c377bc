using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Functions;

/// <summary>One function, as its files are now. A different fingerprint is a different version, which gets processes of its own.</summary>
/// <param name="Name">The name by which it is invoked.</param>
/// <param name="Folder">Full path of its code.</param>
/// <param name="Fingerprint">Changes when any file or setting of the function changes.</param>
/// <param name="Settings">The settings from function.json or the API, or the defaults.</param>
/// <param name="SettingsError">Why function.json cannot be used; the function then fails with this text.</param>
/// <param name="Code">The code that a deployed function is unpacked from. Null for a function in a folder.</param>
internal sealed record Function(
    string Name, string Folder, long Fingerprint, LocalFunctionSettings Settings, string? SettingsError, CodeFolder? Code = null);
