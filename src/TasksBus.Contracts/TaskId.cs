using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>
/// The id of a task: 12 bytes, written as 24 lower-case hex digits. It converts to a <see cref="Guid"/> (a saga's CorrelationId, or a
/// message's) and back: the Guid has the id's bytes and then four zero bytes.
/// </summary>
[JsonConverter(typeof(TaskIdConverter))]
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
        _low = BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(8));
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
        return new TaskId(hash.Slice(0, Size)).InMessage(index);
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
        return new TaskId(hash.Slice(0, Size)).InMessage(0);
    }

    /// <summary>
    /// The id that a task gets which is to be scheduled: its own, that of its key, or a new one. It does not check the task.
    /// </summary>
    /// <exception cref="FormatException">The task's own id does not consist of 24 hex digits.</exception>
    public static TaskId Of(ScheduleTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return task.TaskId is { } id ? Parse(id)
            : task.IdempotencyKey is { } key ? FromKey(key)
            : New();
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
        id = default;
        if (text is not { Length: Size * 2 })
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[Size];
        for (var i = 0; i < Size; i++)
        {
            var (high, low) = (DigitOf(text[2 * i]), DigitOf(text[2 * i + 1]));
            if (high < 0 || low < 0)
            {
                return false;
            }

            bytes[i] = (byte)(high << 4 | low);
        }

        id = new TaskId(bytes);
        return true;
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
        return BinaryPrimitives.ReadUInt32BigEndian(bytes.Slice(Size)) == 0;
    }

    /// <summary>Reads the task id from a correlation id.</summary>
    /// <exception cref="FormatException">The last four bytes of the guid are not zero, so it was not made from a task id.</exception>
    public static TaskId FromGuid(Guid correlationId) => TryFromGuid(correlationId, out var id)
        ? id
        : throw new FormatException($"The guid {correlationId} does not hold a task id: its last four bytes must be zero.");

    /// <summary>The correlation id of the task's saga.</summary>
    public Guid ToGuid() => new(
        (uint)(_high >> 32), (ushort)(_high >> 16), (ushort)_high,
        (byte)(_low >> 24), (byte)(_low >> 16), (byte)(_low >> 8), (byte)_low, 0, 0, 0, 0);

    /// <inheritdoc/>
    public int CompareTo(TaskId other) => _high != other._high ? _high.CompareTo(other._high) : _low.CompareTo(other._low);

    /// <inheritdoc/>
    public override string ToString() => $"{_high:x16}{_low:x8}";

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

    /// <returns>The value of a hex digit. -1 for any other letter.</returns>
    private static int DigitOf(char letter) => letter switch
    {
        >= '0' and <= '9' => letter - '0',
        >= 'a' and <= 'f' => letter - 'a' + 10,
        >= 'A' and <= 'F' => letter - 'A' + 10,
        _ => -1,
    };
}
