using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.Server.Http.Authentication;

/// <summary>A key that lets a client in. The server knows its hash only, which is enough: a key is random, so no hash can be guessed back.</summary>
internal sealed class ApiKey
{
    /// <summary>What keys start with, so that people and scanners of secrets know one when they see it.</summary>
    public const string Prefix = "tbk_";

    public const string HashPrefix = "sha256:";

    private const int RandomBytes = 32;

    public required string Name { get; init; }

    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required FrozenSet<string> Permissions { get; init; }

    /// <summary>From then on the key lets nobody in. Null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public Caller Caller => field ??= new(Name, Caller.ApplicationIdOfKey(Name)) { Allowed = Permissions };

    public ClaimsPrincipal Principal => field ??= Caller.ToPrincipal();

    /// <summary>A new key, which nobody can guess.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
