using TasksBus.Settings;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// The fields of <c>TasksBus:ApiKeys:0</c>, as texts. <see cref="ApiKeySettings"/> reads them itself, because no message may repeat what
/// may be a key.
/// </summary>
internal sealed class ApiKeyOptions
{
    [Setting("a key that lets clients in; with one or more, every client needs one", Value = "NAME")]
    public string? Name { get; set; }

    [Setting("sha256: and the hex digits of the key's SHA-256", Value = "HASH")]
    public string? Hash { get; set; }

    [Setting("what the key allows, joined by ',', or * for all", Value = "NAMES")]
    [Joined]
    public IReadOnlyList<string>? Permissions { get; set; }

    [Setting("when the key ends", Value = "TIME", Default = "never")]
    [MustBe("an ISO 8601 timestamp, such as 2030-01-01T00:00:00Z")]
    public string? ExpiresAt { get; set; }
}
