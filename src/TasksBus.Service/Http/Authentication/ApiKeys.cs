using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TasksBus.Service.Http.Authentication;

/// <summary>The keys that admit clients. If there are none, anyone on this machine may call.</summary>
internal sealed class ApiKeys(IReadOnlyCollection<ApiKey> keys)
{
    // The beginning of a hash finds the candidates. What its timing may reveal is worthless without the rest.
    private readonly ILookup<ulong, ApiKey> _byHash = keys.ToLookup(static key => Beginning(key.Hash.Span));

    public bool AreConfigured => keys.Count > 0;

    /// <summary>Returns the key that a client sent, or null when it is not known.</summary>
    public ApiKey? Find(string token)
    {
        var hash = ApiKey.HashOf(token);
        return _byHash[Beginning(hash)].FirstOrDefault(key => CryptographicOperations.FixedTimeEquals(key.Hash.Span, hash));
    }

    /// <summary>The keys with that name. There are two while a configured key and a stored one share it.</summary>
    public IEnumerable<ApiKey> Named(string name) => keys.Where(key => key.Name == name);

    private static ulong Beginning(ReadOnlySpan<byte> hash) => BinaryPrimitives.ReadUInt64BigEndian(hash);
}
