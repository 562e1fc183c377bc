using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TasksBus.Contracts;

namespace TasksBus.Schedules;

/// <summary>The id of a tick's task. It is the same each time the tick is tried.</summary>
internal static class TickId
{
    /// <summary>
    /// Like every id it begins with seconds, here those of the tick. The rest comes from the SHA-256 of schedule and tick.
    /// </summary>
    /// <param name="tick">Microseconds since 1970.</param>
    public static TaskId Of(TaskId schedule, long tick)
    {
        Span<byte> id = stackalloc byte[TaskId.Size];
        BinaryPrimitives.WriteUInt32BigEndian(id, unchecked((uint)(tick / 1_000_000)));
        SHA256.HashData(Encoding.UTF8.GetBytes($"tasksbus tick {schedule} {tick}")).AsSpan(0, id.Length - sizeof(uint))
            .CopyTo(id[sizeof(uint)..]);
        return TaskId.Parse(Convert.ToHexStringLower(id));
    }
}
