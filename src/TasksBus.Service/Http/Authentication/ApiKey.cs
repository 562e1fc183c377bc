using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.Service.Http.Authentication;

/// <summary>
/// A key that admits a client. The server knows only its hash. That is safe, because a key is random and cannot be guessed from its hash.
/// </summary>
public sealed class ApiKey
{
    /// <summary>The prefix of keys, by which people and scanners for secrets recognize them.</summary>
    public const string Prefix = "tbk_";

    public const string HashPrefix = "sha256:";

    private const int RandomBytes = 32;

    public required string Name { get; init; }

    public required ReadOnlyMemory<byte> Hash { get; init; }

    public required FrozenSet<string> Permissions { get; init; }

    /// <summary>From this time on the key admits nobody. Null means never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    internal Caller Caller => field ??= new(Name, Caller.ApplicationIdOfKey(Name)) { Allowed = Permissions };

    internal ClaimsPrincipal Principal => field ??= Caller.ToPrincipal();

    /// <summary>
    /// Tells this key from an earlier or later one of the same name. Neither the key nor its hash can be found from it.
    /// </summary>
    internal string Revision => field ??= Convert.ToHexStringLower(SHA256.HashData([.. "tasksbus sign-in "u8, .. Hash.Span]))[..32];

    /// <summary>Makes a new key, which nobody can guess.</summary>
    public static string New() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    public static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
