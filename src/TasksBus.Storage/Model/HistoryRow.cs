namespace TasksBus.Storage.Model;

/// <summary>What one process counted of one function in one minute, or what all did in an hour.</summary>
internal sealed class HistoryRow
{
    /// <summary>Whole minutes since 1970 in UTC.</summary>
    public long Minute { get; set; }
    public string FunctionName { get; set; } = "";
    public Guid ProcessId { get; set; }

    /// <summary>The stored form of <see cref="TaskCounts"/>.</summary>
    public string Counts { get; set; } = "";

    public static HistoryRow Of(StoredCounts counts) => new()
    {
        Minute = counts.Minute,
        FunctionName = counts.FunctionName,
        ProcessId = counts.ProcessId,
        Counts = counts.Counts.ToString(),
    };
}
