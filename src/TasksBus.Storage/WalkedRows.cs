namespace TasksBus.Storage;

/// <summary>A row that a walk came to.</summary>
/// <param name="IsSince">Its task was made, or its request came, since the time that counts as old, and so did every later one.</param>
internal readonly record struct WalkedRow(long Number, bool IsOld, bool IsSince);

internal static class WalkedRows
{
    public static long[] Old(this IReadOnlyList<WalkedRow> page) => [.. page.Where(static row => row.IsOld).Select(static row => row.Number)];

    public static RemovalStep After(this IReadOnlyList<WalkedRow> page, int removed, int limit) =>
        new(removed, page.Count < limit || page[^1].IsSince ? null : page[^1].Number);
}
