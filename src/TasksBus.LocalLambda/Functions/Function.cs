using TasksBus.LocalLambda.Deployments;

namespace TasksBus.LocalLambda.Functions;

/// <summary>One function as its files stand. Another fingerprint is another version, which gets processes of its own.</summary>
/// <param name="Name">As it is invoked.</param>
/// <param name="Folder">Full path of its code.</param>
/// <param name="Fingerprint">Changes when any file or setting of the function does.</param>
/// <param name="Settings">From function.json or the API, or the defaults.</param>
/// <param name="SettingsError">Why function.json cannot be used; the function then fails with this text.</param>
/// <param name="Code">What a deployed function is unpacked from; null for a folder's.</param>
internal sealed record Function(string Name, string Folder, long Fingerprint, FunctionSettings Settings, string? SettingsError, CodeFolder? Code = null);
