using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Samples.NightlyReport;
using TasksBus.Schedules;
using TasksBus.Testing;
using TasksBus.Worker;
using Xunit;

namespace TasksBus.Samples.Tests;

public sealed class NightlyReportTests : SampleTest, ISales, IReportParts, IMail
{
    private static readonly DateOnly s_date = new(2030, 1, 1);
    private readonly ConcurrentDictionary<string, decimal> _parts = [];
    private readonly List<string> _mails = [];
    private string[] _regions = ["north", "south", "west"];
    private string? _failing;

    [Fact]
    public async Task The_parts_are_gathered_into_one_mail()
    {
        await Harness.Task(await Harness.ScheduleAsync(StartReport.Name, new ReportInput(s_date))).ShouldComplete();

        Assert.Equal(["Sales of 2030-01-01\nnorth: 5.00\nsouth: 5.00\nwest: 4.00"], _mails);
        Assert.Equal(5, (await Harness.TasksAsync()).Count);
    }

    [Fact]
    public async Task A_hundred_parts_are_one_mail_too()
    {
        _regions = [.. Enumerable.Range(0, 100).Select(static i => $"region {i}")];

        await Harness.ScheduleAsync(StartReport.Name, new ReportInput(s_date));
        await Harness.RunAllAsync();

        Assert.Equal(100, Harness.Function(BuildPart.Name).Calls.Count);
        Assert.Single(_mails);
    }

    [Fact]
    public async Task Nothing_is_sent_while_a_part_is_missing_and_a_second_run_of_that_part_completes_it()
    {
        _failing = "south";
        await Harness.ScheduleAsync(StartReport.Name, new ReportInput(s_date));
        await Harness.RunAllAsync();
        Assert.Empty(_mails);

        _failing = null;
        await Harness.ScheduleAsync(BuildPart.Name, new PartInput(s_date, "south"));
        await Harness.RunAllAsync();

        Assert.Single(_mails);
    }

    [Fact]
    public async Task A_start_that_is_repeated_makes_no_second_report()
    {
        for (var i = 0; i < 2; i++)
        {
            await Harness.ScheduleAsync(StartReport.Name, new ReportInput(s_date));
            await Harness.RunAllAsync();
        }

        Assert.Single(_mails);
        Assert.Equal(3, Harness.Function(BuildPart.Name).Calls.Count);
    }

    [Fact]
    public async Task Parts_that_end_at_the_same_time_send_one_mail()
    {
        _parts["north"] = 5;
        _parts["south"] = 5;
        await Harness.ScheduleAsync(BuildPart.Name, new PartInput(s_date, "west"));
        await Harness.ScheduleAsync(BuildPart.Name, new PartInput(s_date, "north"));

        await Harness.RunAllAsync();

        Assert.Single(_mails);
    }

    [Fact]
    public async Task It_starts_each_night()
    {
        ScheduleTask task = new() { FunctionName = StartReport.Name, Data = Json(new ReportInput(s_date)) };
        await Harness.AddScheduleAsync(new NewSchedule(task) { Cron = "0 1 * * *" });

        await Harness.AdvanceAsync(TimeSpan.FromDays(7));

        Assert.Equal(7, Harness.Function(StartReport.Name).Calls.Count);
        Assert.Single(_mails);
    }

    Task<IReadOnlyList<string>> ISales.RegionsAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>(_regions);

    Task<decimal> ISales.TotalAsync(DateOnly date, string region, CancellationToken cancellationToken) =>
        region == _failing ? throw new InvalidOperationException("The shops of the south have not closed.")
            : Task.FromResult<decimal>(region.Length);

    Task<int> IReportParts.SaveAsync(DateOnly date, string region, decimal total, CancellationToken cancellationToken)
    {
        _parts[region] = total;
        return Task.FromResult(_parts.Count);
    }

    Task<IReadOnlyDictionary<string, decimal>> IReportParts.ReadAsync(DateOnly date, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, decimal>>(_parts);

    Task IMail.SendAsync(string subject, string text, CancellationToken cancellationToken)
    {
        _mails.Add($"{subject}\n{text}");
        return Task.CompletedTask;
    }

    protected override void Register(TaskFunctions functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        functions.AddFunction<StartReport>(StartReport.Name);
        functions.AddFunction<BuildPart>(BuildPart.Name);
        functions.AddFunction<SendReport>(SendReport.Name);
    }

    protected override void Replace(IServiceCollection services)
    {
        services.AddSingleton<ISales>(this);
        services.AddSingleton<IReportParts>(this);
        services.AddSingleton<IMail>(this);
    }
}
