using TasksBus.Client.MassTransit;
using TasksBus.Worker;

namespace TasksBus.Samples.NightlyReport;

public sealed record ReportInput(DateOnly Date);

public sealed record PartInput(DateOnly Date, string Region);

/// <summary>What the shops have sold.</summary>
public interface ISales
{
    Task<IReadOnlyList<string>> RegionsAsync(CancellationToken cancellationToken);

    Task<decimal> TotalAsync(DateOnly date, string region, CancellationToken cancellationToken);
}

/// <summary>The parts of reports: a table with the key (date, region).</summary>
public interface IReportParts
{
    /// <summary>Saves a part, again if it is there, and returns how many parts of the date there are now.</summary>
    Task<int> SaveAsync(DateOnly date, string region, decimal total, CancellationToken cancellationToken);

    Task<IReadOnlyDictionary<string, decimal>> ReadAsync(DateOnly date, CancellationToken cancellationToken);
}

public interface IMail
{
    Task SendAsync(string subject, string text, CancellationToken cancellationToken);
}

/// <summary>Fans out: a task for each region, all stored or none.</summary>
public sealed class StartReport(ISales sales, ITaskPublisher tasks) : ITaskFunction<ReportInput>
{
    public const string Name = "start-report";

    public async Task RunAsync(ReportInput input, TaskContext task, CancellationToken cancellationToken)
    {
        var parts = from region in await sales.RegionsAsync(cancellationToken)
                    select tasks.NewTask(
                        BuildPart.Name, new PartInput(input.Date, region),
                        new() { IdempotencyKey = $"report {input.Date:O} part {region}", Tags = ["report"] });
        await tasks.ScheduleManyAsync([.. parts], cancellationToken);
    }
}

/// <summary>
/// Makes one part. Whoever finds that all parts are there schedules the last step. Two may find it at once; the key makes it one task.
/// </summary>
public sealed class BuildPart(ISales sales, IReportParts parts, ITaskPublisher tasks) : ITaskFunction<PartInput>
{
    public const string Name = "build-report-part";

    public async Task RunAsync(PartInput input, TaskContext task, CancellationToken cancellationToken)
    {
        var total = await sales.TotalAsync(input.Date, input.Region, cancellationToken);
        var done = await parts.SaveAsync(input.Date, input.Region, total, cancellationToken);
        if (done == (await sales.RegionsAsync(cancellationToken)).Count)
        {
            await tasks.ScheduleAsync(
                SendReport.Name, new ReportInput(input.Date), new() { IdempotencyKey = $"report {input.Date:O} sent", Tags = ["report"] },
                cancellationToken);
        }
    }
}

/// <summary>Gathers the parts.</summary>
public sealed class SendReport(IReportParts parts, IMail mail) : ITaskFunction<ReportInput>
{
    public const string Name = "send-report";

    public async Task RunAsync(ReportInput input, TaskContext task, CancellationToken cancellationToken)
    {
        var totals = await parts.ReadAsync(input.Date, cancellationToken);
        var lines = totals.OrderBy(static part => part.Key, StringComparer.Ordinal)
            .Select(static part => FormattableString.Invariant($"{part.Key}: {part.Value:N2}"));
        await mail.SendAsync($"Sales of {input.Date:O}", string.Join('\n', lines), cancellationToken);
    }
}
