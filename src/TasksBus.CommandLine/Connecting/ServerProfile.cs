namespace TasksBus.Tool.Connecting;

/// <summary>A server, and the key for it.</summary>
internal sealed record ServerProfile
{
    public string? Server { get; init; }

    public string? Key { get; init; }
}
