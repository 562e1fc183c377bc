namespace TasksBus.Storage.Model;

/// <summary>An API key that admits a client. The key itself is not stored.</summary>
internal sealed class ApiKeyRow
{
    public string Name { get; set; } = "";

    /// <summary>The SHA-256 of the key. A plain hash is enough, because a key is 256 random bits, which nobody can guess.</summary>
    public byte[] Hash { get; set; } = [];

    /// <summary>The permissions, joined by ','.</summary>
    public string Permissions { get; set; } = "";
    public long CreatedAt { get; set; }

    /// <summary>From this time on the key admits nobody. Null means never.</summary>
    public long? ExpiresAt { get; set; }

    /// <summary>When the key was last used, or up to ten minutes earlier. Null means never.</summary>
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

    public StoredApiKey ToKey() => new()
    {
        Name = Name,
        Hash = Hash,
        Permissions = Permissions,
        CreatedAt = CreatedAt,
        ExpiresAt = ExpiresAt,
        LastUsedAt = LastUsedAt,
    };
}
