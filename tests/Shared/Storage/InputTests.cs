using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Schedules;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>Which operations read the inputs of tasks, which may be large, over either store.</summary>
public abstract class InputTests : IAsyncLifetime
{
    private static readonly TaskError s_error = new(TaskErrorTypes.Runtime, "Error", "It broke.");
    private static readonly JsonElement s_data = JsonElement.Parse("""{"of":"the task"}""");

    private readonly StoredEngine _engine;
    private Guid _worker;

    private protected InputTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task Only_a_claim_reads_the_input()
    {
        var (canceled, overdue, lost, returned) =
            (await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync(), await ScheduleAsync());
        var claims = new[] { overdue, lost, returned }.ToDictionary(static id => id, Claim);
        foreach (var claim in claims.Values)
        {
            Assert.Equal(s_data.GetRawText(), (await _engine.RaiseAsync(claim)).Task!.Data);
        }

        Assert.All(_engine.Faulty.Loads, Assert.True);
        _engine.Faulty.Loads.Clear();
        object[] steps =
        [
            new CancelTask(canceled.ToString()), new TimeLimitReached(overdue.ToGuid(), TimeSpan.Zero),
            new WorkerLost(lost.ToGuid(), _worker),
            new FunctionReturned(returned.ToGuid(), claims[returned].ClaimId, "said"),
        ];
        foreach (var step in steps)
        {
            var result = await _engine.RaiseAsync(step);
            Assert.Equal((TransitionOutcome.Applied, true), (result.Outcome, result.Task!.IsWithoutInput));
        }

        Assert.Equal([false, false, false, false], _engine.Faulty.Loads);
        foreach (var id in claims.Keys.Append(canceled))
        {
            Assert.Equal(s_data.GetRawText(), (await _engine.FindAsync(id))!.Data);
        }
    }

    [Fact]
    public async Task A_task_that_retries_another_has_its_input_without_anybody_reading_it()
    {
        var (id, successor, without, successorWithout) = (await ScheduleAsync(), TaskId.New(), await _engine.ScheduleAsync(), TaskId.New());
        await RetryAsync(id, successor);
        await RetryAsync(without, successorWithout);

        Assert.Equal(s_data.GetRawText(), (await _engine.FindAsync(successor))!.Data);
        Assert.Null((await _engine.FindAsync(successorWithout))!.Data);
        // Each claim and each failure read it.
        Assert.Equal([true, false, true, false], _engine.Faulty.Loads.TakeLast(4));
    }

    [Fact]
    public async Task A_task_that_was_read_without_its_input_does_not_pretend_to_have_none()
    {
        var id = await ScheduleAsync();

        var task = (await _engine.Store.LookAsync([id], withInput: false, default))[id];

        Assert.Throws<InvalidOperationException>(() => task.Data);
        Assert.Throws<InvalidOperationException>(task.Again);
    }

    [Fact]
    public async Task A_page_ends_before_its_inputs_are_too_large_and_the_next_goes_on_there()
    {
        var large = JsonElement.Parse($$"""{"text":"{{new string('x', 3 * 1024 * 1024)}}"}""");
        List<TaskId> ids = [];
        for (var i = 0; i < 7; i++)
        {
            ids.Insert(0, await _engine.ScheduleAsync(new() { FunctionName = "greet", Data = i == 3 ? null : large }));
        }

        List<TaskId> found = [];
        List<int?> limits = [];
        while (found.Count < ids.Count)
        {
            var page = await _engine.Store.FindAsync($"limit(50,{found.Count})");
            Assert.Equal(ids.Count, page.Total);
            Assert.Equal(page.Tasks.Count, page.Limit ?? page.Tasks.Count);
            found.AddRange(page.Tasks.Select(static task => task.Id));
            limits.Add(page.Limit);
        }

        Assert.Equal(ids, found);
        Assert.Equal([2, 3, null], limits);
        var withoutInput = await _engine.Store.FindAsync("select(id,status)&limit(50)");
        Assert.Equal((ids.Count, null), (withoutInput.Tasks.Count, withoutInput.Limit));
        Assert.All(withoutInput.Tasks, static task => Assert.True(task.IsWithoutInput));
        Assert.Equal(2, (await _engine.Store.FindAsync("select(id,data.none)&limit(50)")).Limit);
    }

    [Fact]
    public async Task A_page_of_schedules_ends_so_too_and_shows_one_however_large_it_is()
    {
        ScheduleStore schedules = new(_engine.Model);
        var size = 9 * 1024 * 1024;
        for (var i = 0; i < 3; i++)
        {
            await schedules.AddAsync(new()
            {
                Id = TaskId.New(),
                Interval = 60,
                FunctionName = "greet",
                CatchUp = CatchUp.One,
                Overlap = Overlap.Allow,
                CreatedAt = i,
                Data = i == 0 ? null : $$"""{"text":"{{new string('x', size)}}"}""",
            });
        }

        async Task<SchedulePage> PageAsync(long offset) => await schedules.FindAsync(RqlQuery.Everything with { Offset = offset }, default);

        Assert.Equal((1, 1, 3L), ((await PageAsync(0)).Schedules.Count, (await PageAsync(0)).Limit, (await PageAsync(0)).Total));
        Assert.Equal((1, 1), ((await PageAsync(1)).Schedules.Count, (await PageAsync(1)).Limit));
        Assert.Equal((1, null), ((await PageAsync(2)).Schedules.Count, (await PageAsync(2)).Limit));
    }

    [Fact]
    public async Task Schedules_that_fall_due_together_are_read_a_few_at_a_time_where_their_inputs_are_large()
    {
        ScheduleStore schedules = new(_engine.Model);
        var rows = Enumerable.Range(1, 3).Select(static i => new StoredSchedule
        {
            Id = TaskId.New(),
            Interval = 60,
            FunctionName = "greet",
            CatchUp = CatchUp.One,
            Overlap = Overlap.Allow,
            CreatedAt = i,
            NextAt = i,
            Data = $$"""{"text":"{{new string('x', 3 * 1024 * 1024)}}"}""",
        }).ToList();
        foreach (var row in rows)
        {
            await schedules.AddAsync(row);
        }

        var epoch = await _engine.EpochAsync();
        var first = await _engine.Store.DueSchedulesAsync(epoch, [], 32, default);
        Assert.Equal([rows[0].Id, rows[1].Id], first.Due.Select(static row => row.Id));
        Assert.Equal((rows[0].Data, 3L), (first.Due[0].Data, first.NextAt));
        var next = await _engine.Store.DueSchedulesAsync(epoch, [rows[0].Id, rows[1].Id], 32, default);
        Assert.Equal((rows[2].Id, (long?)null), (Assert.Single(next.Due).Id, next.NextAt));
        Assert.Equal(
            (1, 2L),
            ((await _engine.Store.DueSchedulesAsync(epoch, [], 1, default)) is var one ? (one.Due.Count, one.NextAt!.Value) : default));
    }

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        _worker = await _engine.AddWorkerAsync();
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private Task<TaskId> ScheduleAsync() => _engine.ScheduleAsync(new() { FunctionName = "greet", Data = s_data });

    private TaskClaimed Claim(TaskId id) => new(id.ToGuid(), Guid.NewGuid(), _worker, TimeSpan.FromMinutes(5));

    private async Task RetryAsync(TaskId id, TaskId successor)
    {
        var claim = Claim(id);
        await _engine.RaiseAsync(claim);
        var retried = await _engine.RaiseAsync(
            new FunctionFailed(id.ToGuid(), claim.ClaimId, s_error, null, new(successor.ToString(), TimeSpan.FromSeconds(2))));
        Assert.Equal((TransitionOutcome.Applied, TaskStates.Retried), (retried.Outcome, retried.Task!.Status));
    }
}
