using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>
/// A caller's own name for a request, so that one that is sent again makes no second task. No table holds keys: the task's id follows from
/// caller, key and day, and ids are unique.
/// </summary>
/// <remarks>
/// The days of a key are 24 hours each and begin at a time of day of its own. So the task that a key stands for is that of its current day
/// or, where it is not 24 hours old, that of the day before: two ids to look for, however often a key is used.
/// </remarks>
public sealed class IdempotencyKey
{
    /// <summary>Characters at most.</summary>
    public const int MaxLength = 255;

    /// <summary>How long a key stands for its task.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly byte[] _hash;
    private readonly TimeSpan _begin;

    private IdempotencyKey(string caller, string key)
    {
        // The caller holds no line break, so no two callers and keys are written alike.
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes($"tasksbus idempotency key\n{caller}\n{key}"));
        _begin = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(_hash) % Lifetime.TotalSeconds);
    }

    /// <summary>Reads a key: 1 to 255 printable ASCII characters.</summary>
    /// <param name="caller">Whose key it is: another's is another, whatever its text. Blank where nobody knows who calls.</param>
    public static bool TryParse(string caller, string text, [NotNullWhen(true)] out IdempotencyKey? key)
    {
        key = IsKey(text) ? new(caller, text) : null;
        return key is not null;
    }

    /// <summary>Whether a text may be a key.</summary>
    public static bool IsKey(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= MaxLength && text.All(static letter => letter is >= ' ' and <= '~');
    }

    /// <summary>The key's day at a time, and how long it has lasted by then.</summary>
    public (long Day, TimeSpan Passed) DayAt(DateTimeOffset time)
    {
        var (day, passed) = Math.DivRem((time.UtcDateTime - DateTime.UnixEpoch + _begin).Ticks, Lifetime.Ticks);
        return (day, TimeSpan.FromTicks(passed));
    }

    /// <summary>The id of the task that the key makes on a day.</summary>
    public TaskId IdOn(long day)
    {
        Span<byte> source = stackalloc byte[SHA256.HashSizeInBytes + sizeof(long)];
        _hash.CopyTo(source);
        BinaryPrimitives.WriteInt64BigEndian(source[SHA256.HashSizeInBytes..], day);
        return TaskId.FromMessage(new Guid(SHA256.HashData(source).AsSpan(0, 16), bigEndian: true));
    }
}
