namespace TasksBus.Storage;

/// <summary>An API key that admits a client. The key itself is not stored. Times are microseconds since 1970 in UTC.</summary>
public sealed record StoredApiKey
{
    /// <summary>The name by which an operator knows the key. It is unique.</summary>
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the key. A plain hash is enough, because a key is 256 random bits, which nobody can guess.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>The permissions, joined by ','.</summary>
    public required string Permissions { get; init; }

    /// <summary>When the key was made.</summary>
    public long CreatedAt { get; init; }

    /// <summary>From this time on the key admits nobody. Null means never.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>When the key was last used, or up to ten minutes earlier. Null means never.</summary>
    public long? LastUsedAt { get; init; }
}
