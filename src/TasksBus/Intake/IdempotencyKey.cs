using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Intake;

/// <summary>
/// A caller's own name for a request, so that a request that is sent again makes no second task. No table holds keys. The task's id follows
/// from the caller, the key and the day, and ids are unique.
/// </summary>
/// <remarks>
/// The days of a key are 24 hours each and begin at a time of day of its own. So a key stands for the task of its current day or, if it is
/// not 24 hours old, of the day before. That makes two ids to look for, however often a key is used.
/// </remarks>
public sealed class IdempotencyKey
{
    /// <summary>How long a key stands for its task.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private readonly byte[] _hash;
    private readonly TimeSpan _begin;

    private IdempotencyKey(string caller, string key)
    {
        // The caller contains no line break, so no two pairs of caller and key are written alike.
        _hash = SHA256.HashData(Encoding.UTF8.GetBytes($"tasksbus idempotency key\n{caller}\n{key}"));
        _begin = TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(_hash) % Lifetime.TotalSeconds);
    }

    /// <summary>Reads a key: 1 to 255 printable ASCII characters.</summary>
    /// <param name="caller">The owner of the key. The same text of another caller is another key. Blank when the caller is unknown.</param>
    public static bool TryParse(string caller, string text, [NotNullWhen(true)] out IdempotencyKey? key)
    {
        key = TaskRules.IsKey(text) ? new(caller, text) : null;
        return key is not null;
    }

    /// <summary>The key's day at a time, and how much of it has passed by then.</summary>
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
