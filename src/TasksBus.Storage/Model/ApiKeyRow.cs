namespace TasksBus.Storage.Model;

/// <summary>An API key that lets a client in. The key itself is not stored.</summary>
public sealed class ApiKeyRow
{
    public string Name { get; set; } = "";

    /// <summary>The SHA-256 of the key: enough, for a key is 256 random bits, which nobody finds by trying.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>Joined by ','.</summary>
    public string Permissions { get; set; } = "";
    public long CreatedAt { get; set; }

    /// <summary>From then on it lets nobody in; null: never.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>To within ten minutes; null: never.</summary>
    public long? LastUsedAt { get; set; }

    public static ApiKeyRow Of(StoredApiKey key) => new()
    {
        Name = key.Name,
        Hash = key.Hash,
        Permissions = key.Permissions,
        CreatedAt = key.CreatedAt,
        ExpiresAt = key.ExpiresAt,
        LastUsedAt = key.LastUsedAt,
    };

    public StoredApiKey ToKey() => new() { Name = Name, Hash = Hash, Permissions = Permissions, CreatedAt = CreatedAt, ExpiresAt = ExpiresAt, LastUsedAt = LastUsedAt };
}
