namespace TasksBus.LocalLambda.Functions;

/// <summary>One function as its files stand. Another fingerprint is another version, which gets processes of its own.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Folder">Its full path.</param>
/// <param name="Fingerprint">Changes when any file of the function does.</param>
/// <param name="Settings">From function.json, or the defaults.</param>
/// <param name="SettingsError">Why function.json cannot be used; the function then fails with this text.</param>
internal sealed record Function(string Name, string Folder, long Fingerprint, FunctionSettings Settings, string? SettingsError);
