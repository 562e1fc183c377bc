using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.Contracts;

/// <summary>
/// The id of a task: 12 bytes, written as 24 lower-case hex digits. It converts to a <see cref="Guid"/> (a saga's CorrelationId, or a
/// message's) and back: the Guid has the id's bytes and then four zero bytes.
/// </summary>
public readonly record struct TaskId : IComparable<TaskId>
{
    /// <summary>The size of an id in bytes.</summary>
    public const int Size = 12;

    private const int IndexMask = 1_023;

    /// <summary>
    /// The system gives random bytes for this many ids at once, because the call costs more than everything else about an id.
    /// </summary>
    private const int RandomAtOnce = 128;

    private static long s_lastStamp;

    [ThreadStatic]
    private static uint[]? t_random;

    [ThreadStatic]
    private static int t_randomLeft;

    private readonly ulong _high;
    private readonly uint _low;

    private TaskId(ulong high, uint low) => (_high, _low) = (high, low);

    private TaskId(ReadOnlySpan<byte> bytes)
    {
        _high = BinaryPrimitives.ReadUInt64BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]);
    }

    /// <summary>
    /// Makes a new id. It starts with the seconds since 1970 (4 bytes, as in an ObjectId) and their fraction. The ids that one process
    /// makes are strictly ascending.
    /// </summary>
    public static TaskId New(TimeProvider? time = null)
    {
        var milliseconds = (time ?? TimeProvider.System).GetUtcNow().ToUnixTimeMilliseconds();
        // 32 bits of seconds, then 32 bits of their fraction. That leaves room to count upwards within a millisecond.
        var now = ((milliseconds / 1000) << 32) | ((milliseconds % 1000) << 32) / 1000;
        long last, next;
        do
        {
            last = Volatile.Read(ref s_lastStamp);
            next = Math.Max(now, last + 1);
        }
        while (Interlocked.CompareExchange(ref s_lastStamp, next, last) != last);

        return new TaskId((ulong)next, NextRandom());
    }

    /// <summary>
    /// The id of the task that a message makes. Each delivery of the same message gives the same id. The first 86 bits are those of the
    /// SHA-256 of the message's id. So the ids of one message's tasks are neighbours, which is good for the database's index.
    /// </summary>
    /// <param name="messageId">The message's id.</param>
    /// <param name="index">The task's position in a message that schedules several tasks: 0 to 1,023.</param>
    public static TaskId FromMessage(Guid messageId, int index = 0)
    {
        Span<byte> source = stackalloc byte[16];
        messageId.TryWriteBytes(source, bigEndian: true, out _);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(source, hash);
        return new TaskId(hash[..Size]).InMessage(index);
    }

    /// <summary>
    /// The id of the task that the publisher's own name identifies: a message id that is not a UUID, or an idempotency key. Equal names
    /// give equal ids.
    /// </summary>
    /// <param name="key">Any non-empty text.</param>
    public static TaskId FromKey(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        // The input is longer than the 16 bytes of a message's id, so no key is hashed like a message's id.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"tasksbus message key\n{key}"), hash);
        return new TaskId(hash[..Size]).InMessage(0);
    }

    /// <summary>The id of another task of the same message, without computing the hash again.</summary>
    /// <param name="index">The task's position in the message: 0 to 1,023.</param>
    public TaskId InMessage(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(index, IndexMask);
        return new TaskId(_high, (_low & ~(uint)IndexMask) | (uint)index);
    }

    /// <summary>Reads 24 hex digits, in upper or lower case.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out TaskId id)
    {
        Span<byte> bytes = stackalloc byte[Size];
        if (text is { Length: Size * 2 } && Convert.FromHexString(text, bytes, out _, out _) == System.Buffers.OperationStatus.Done)
        {
            id = new TaskId(bytes);
            return true;
        }

        id = default;
        return false;
    }

    /// <summary>Reads 24 hex digits, in upper or lower case.</summary>
    /// <exception cref="FormatException">The text does not consist of 24 hex digits.</exception>
    public static TaskId Parse(string text) => TryParse(text, out var id)
        ? id
        : throw new FormatException($"A task id is 24 hex digits, such as 507f1f77bcf86cd799439011; got '{text}'.");

    /// <summary>Reads the task id from a correlation id. Returns false when the correlation id contains none.</summary>
    public static bool TryFromGuid(Guid correlationId, out TaskId id)
    {
        Span<byte> bytes = stackalloc byte[16];
        correlationId.TryWriteBytes(bytes, bigEndian: true, out _);
        id = new TaskId(bytes);
        return bytes[Size..].IndexOfAnyExcept((byte)0) < 0;
    }

    /// <summary>Reads the task id from a correlation id.</summary>
    /// <exception cref="FormatException">The last four bytes of the guid are not zero, so it was not made from a task id.</exception>
    public static TaskId FromGuid(Guid correlationId) => TryFromGuid(correlationId, out var id)
        ? id
        : throw new FormatException($"The guid {correlationId} does not hold a task id: its last four bytes must be zero.");

    /// <summary>The correlation id of the task's saga.</summary>
    public Guid ToGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        WriteTo(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <inheritdoc/>
    public int CompareTo(TaskId other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        WriteTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Returns true when the left id sorts before the right one.</summary>
    public static bool operator <(TaskId left, TaskId right) => left.CompareTo(right) < 0;

    /// <summary>Returns true when the left id sorts after the right one.</summary>
    public static bool operator >(TaskId left, TaskId right) => left.CompareTo(right) > 0;

    /// <summary>Returns true when the left id sorts before the right one or equals it.</summary>
    public static bool operator <=(TaskId left, TaskId right) => left.CompareTo(right) <= 0;

    /// <summary>Returns true when the left id sorts after the right one or equals it.</summary>
    public static bool operator >=(TaskId left, TaskId right) => left.CompareTo(right) >= 0;

    private static uint NextRandom()
    {
        t_random ??= new uint[RandomAtOnce];
        if (t_randomLeft == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(t_random.AsSpan()));
            t_randomLeft = RandomAtOnce;
        }

        return t_random[--t_randomLeft];
    }

    private void WriteTo(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], _low);
    }
}
