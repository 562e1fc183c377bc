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

    /// <summary>
    /// When a key's day has just begun, an earlier request may still be on its way into the database, under the id of that day. So a
    /// request that finds nothing waits this long and looks again. Each key's day begins at its own time, so that affects one request in
    /// 43,200.
    /// </summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <summary>Finds what the key made.</summary>
    /// <param name="look">Reads those of some ids that are stored.</param>
    /// <param name="madeAt">When something was made.</param>
    /// <returns>What the key made, or null, and the id for what it makes now.</returns>
    internal async Task<(TaskId Id, T? Made)> FindAsync<T>(
        TimeProvider clock, Func<IReadOnlyList<TaskId>, CancellationToken, Task<IReadOnlyDictionary<TaskId, T>>> look,
        Func<T, DateTimeOffset> madeAt, CancellationToken cancellationToken)
        where T : class
    {
        var now = clock.GetUtcNow();
        var (day, passed) = DayAt(now);
        var (today, yesterday) = (IdOn(day), IdOn(day - 1));
        var made = await LookAsync();
        if (made is null && passed < Margin)
        {
            await Task.Delay(Margin - passed, clock, cancellationToken);
            made = await LookAsync();
        }

        return (today, made);

        async Task<T?> LookAsync()
        {
            var found = await look([today, yesterday], cancellationToken);
            return found.GetValueOrDefault(today)
                ?? (found.GetValueOrDefault(yesterday) is { } earlier && now - madeAt(earlier) < Lifetime ? earlier : null);
        }
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
