using System.Buffers.Binary;

namespace TasksBus.UnitTests.Schedules;

/// <summary>A change of a zone's clocks.</summary>
/// <param name="At">The first second with the new offset, counted from 1970 in UTC.</param>
/// <param name="Before">How many seconds the clocks were ahead of UTC before it.</param>
/// <param name="After">The same from then on.</param>
internal readonly record struct ClockChange(long At, long Before, long After);

/// <summary>The time zones of this machine, read without .NET's help from the files that hold them (RFC 9636).</summary>
internal static class TzifFile
{
    private static readonly string s_folder = Environment.GetEnvironmentVariable("TZDIR") ?? "/usr/share/zoneinfo";

    /// <summary>
    /// Every zone with its file, aliases included. The copies below posix and right are left out, and so are posixrules and localtime,
    /// which depend on the machine.
    /// </summary>
    public static IReadOnlyList<(string Name, byte[] Content)> All() =>
    [
        .. Directory.EnumerateFiles(s_folder, "*", SearchOption.AllDirectories)
            .Select(static file => (Name: Path.GetRelativePath(s_folder, file), Content: File.ReadAllBytes(file)))
            .Where(static zone => zone.Content.AsSpan().StartsWith("TZif"u8) && zone.Name is not ("posixrules" or "localtime")
                && !zone.Name.StartsWith("posix/", StringComparison.Ordinal) && !zone.Name.StartsWith("right/", StringComparison.Ordinal))
            .OrderBy(static zone => zone.Name, StringComparer.Ordinal),
    ];

    /// <summary>The changes that the file lists. Its last line describes later changes, and is not read.</summary>
    public static IEnumerable<ClockChange> ChangesIn(byte[] file)
    {
        // The block with 32-bit times is followed by the same with 64-bit times.
        var header = 44 + SizeOfBlock(file, 0, sizeof(int));
        var (changes, types) = (Count(file, header, 3), Count(file, header, 4));
        var times = header + 44;
        var indexes = times + changes * sizeof(long);
        var offsets = indexes + changes;
        long OffsetOf(int type) => types == 0 ? 0 : BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(offsets + type * 6));

        var before = OffsetOf(0);
        for (var i = 0; i < changes; i++)
        {
            var after = OffsetOf(file[indexes + i]);
            if (after != before)
            {
                yield return new(BinaryPrimitives.ReadInt64BigEndian(file.AsSpan(times + i * sizeof(long))), before, after);
            }

            before = after;
        }
    }

    /// <summary>The counts are: UTC marks, standard marks, leap seconds, changes, types, characters.</summary>
    private static int SizeOfBlock(byte[] file, int header, int time) =>
        Count(file, header, 0) + Count(file, header, 1) + Count(file, header, 2) * (time + 4)
            + Count(file, header, 3) * (time + 1) + Count(file, header, 4) * 6 + Count(file, header, 5);

    private static int Count(byte[] file, int header, int which) =>
        BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(header + 20 + which * 4));
}
