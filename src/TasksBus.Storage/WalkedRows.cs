namespace TasksBus.Storage;

/// <summary>A row that a walk has read.</summary>
/// <param name="IsSince">True when its task was made, or its request came, after the age limit. The same holds for every later row.</param>
internal readonly record struct WalkedRow(long Number, bool IsOld, bool IsSince);

internal static class WalkedRows
{
    public static long[] Old(this IReadOnlyList<WalkedRow> page) =>
        [.. page.Where(static row => row.IsOld).Select(static row => row.Number)];

    public static RemovalStep After(this IReadOnlyList<WalkedRow> page, int removed, int limit) =>
        new(removed, page.Count < limit || page[^1].IsSince ? null : page[^1].Number);
}
