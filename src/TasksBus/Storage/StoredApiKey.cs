namespace TasksBus.Storage;

/// <summary>An API key that lets a client in. The key itself is not stored. Times are microseconds since 1970 in UTC.</summary>
public sealed record StoredApiKey
{
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the key: enough, for a key is 256 random bits, which nobody finds by trying.</summary>
    public required byte[] Hash { get; init; }

    /// <summary>Joined by ','.</summary>
    public required string Permissions { get; init; }

    public long CreatedAt { get; init; }

    /// <summary>From then on it lets nobody in; null: never.</summary>
    public long? ExpiresAt { get; init; }

    /// <summary>To within ten minutes; null: never.</summary>
    public long? LastUsedAt { get; init; }
}
