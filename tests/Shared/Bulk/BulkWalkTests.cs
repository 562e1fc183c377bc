using System.Text.Json;
using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Bulk;

/// <summary>How bulk operations are carried out, over either store.</summary>
public abstract class BulkWalkTests : BulkTest
{
    private protected BulkWalkTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_cancel_takes_the_new_tasks_that_match_and_no_later_ones()
    {
        var (first, other) = (await ScheduleAsync("greet"), await ScheduleAsync("else"));
        var running = await RunAsync("greet");
        var operation = await CreateAsync("cancel", "eq(functionName,greet)");
        var later = await ScheduleAsync("greet");

        var done = await CarryOutAsync(operation);

        Assert.Equal(1, operation.Matching);
        Assert.Equal((BulkStates.Complete, 1L, 0L, 1.0), (done.Status, done.Affected, done.Skipped, done.Progress));
        Assert.Equal(["canceled", "new", "inProgress", "new"], await StatesAsync(first, other, running, later));
    }

    [Fact]
    public async Task A_rerun_makes_a_task_like_each_that_ended_for_the_one_who_asked()
    {
        const string Data = """{"n":123456789012345678901234567890,"N":"\u0000"}""";
        var failed = await ScheduleAndFailAsync(
            new() { FunctionName = "greet", Data = JsonElement.Parse(Data), Priority = 7, Tags = ["b", "a"] });
        await ScheduleAndFailAsync(new() { FunctionName = "greet" });
        await ScheduleAsync("greet");
        var user = new string('a', 24);

        var operation = await Book.CreateAsync(new("rerun", "functionName=greet"), null, user, default);
        var done = await CarryOutAsync(operation);

        Assert.Equal((2L, 2L, BulkStates.Complete), (operation.Matching, done.Affected, done.Status));
        var made = (await Engine.TasksAsync())[^2..];
        Assert.All(made, task => Assert.Equal(
            ("new", "greet", user, null), (task.Status, task.FunctionName, task.CreatedByUserId, task.TraceParent)));
        Assert.Equal(
            (Data, 7L, "b,a", true),
            (made[0].Data, made[0].Priority, string.Join(',', made[0].Tags), made[0].StartTimestamp == made[0].CreationTimestamp));
        Assert.Equal("failed", await Engine.StateAsync(failed));
    }

    [Fact]
    public async Task A_rerun_may_give_its_tasks_another_priority()
    {
        await ScheduleAndFailAsync(new() { FunctionName = "greet", Priority = 7 });

        await CarryOutAsync(await Book.CreateAsync(new("rerun", "eq(status,failed)") { Priority = -1 }, null, null, default));

        Assert.Equal([7, -1], (await Engine.TasksAsync()).Select(static task => task.Priority));
    }

    [Fact]
    public async Task A_task_that_a_retry_replaced_is_not_rerun_but_its_last_retry_is()
    {
        var retry = TaskId.New();
        await ScheduleAndFailAsync(new() { FunctionName = "greet" }, new(retry.ToString(), TimeSpan.Zero));
        var operation = await CreateAsync("rerun", "functionName=greet");
        Assert.Equal(0, operation.Matching);

        await FailAsync(await ClaimAsync(retry));
        Assert.Equal(1, (await CreateAsync("rerun", "functionName=greet")).Matching);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_is_carried_out_twice_makes_each_task_once(bool atOnce)
    {
        for (var i = 0; i < 5; i++)
        {
            await ScheduleAndFailAsync(new() { FunctionName = "greet" });
        }

        var operation = await CreateAsync("rerun", "eq(status,failed)");
        var (one, two) = (Walk(), Walk());
        var first = one.StepAsync(operation, default);
        if (!atOnce)
        {
            await first;
        }

        // The second process has read the operation before the first one stored how far it is.
        StoredBulkOperation?[] ends = [await first, await two.StepAsync(operation, default)];

        Assert.Single(ends, static end => end is { Affected: 5 });
        Assert.Equal(5, (await Store.FindAsync(operation.Id))!.Affected);
        Assert.Equal(10, (await Engine.TasksAsync()).Count);
    }

    [Fact]
    public async Task Any_number_of_tasks_is_taken_in_steps()
    {
        const int Count = BulkWalk.AtOnce * 2 + 7;
        await ScheduleAsync(Count, "greet", "else");
        var operation = await CreateAsync("cancel", "in(functionName,greet,else)");

        var steps = 0;
        var done = await CarryOutAsync(operation, () => steps++);

        Assert.Equal((Count, (long)Count, BulkStates.Complete), (done.Matching, done.Affected, done.Status));
        Assert.Equal(3, steps);
        Assert.Equal(Count, await CountAsync("eq(status,canceled)"));
    }

    [Fact]
    public async Task Tasks_whose_function_is_not_registered_any_more_are_counted_and_the_reason_is_kept()
    {
        await ScheduleAndFailAsync(new() { FunctionName = "gone" });
        Settings.OnlyRegisteredFunctions = true;

        var done = await CarryOutAsync(await CreateAsync("rerun", "eq(status,failed)"));

        Assert.Equal((0L, 1L, BulkStates.Complete), (done.Affected, done.Refused, done.Status));
        Assert.Contains("'gone'", done.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_skipped()
    {
        await ScheduleAsync("greet");
        var operation = await CreateAsync("cancel", "functionName=greet");
        Engine.Faulty.BeforeCommit = static _ => throw new StoreUnavailableException("away");
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Walk().StepAsync(operation, default));
        Engine.Faulty.BeforeCommit = null;

        var done = await CarryOutAsync((await Store.FindAsync(operation.Id))!);

        Assert.Equal((1L, 0L, BulkStates.Complete), (done.Affected, done.Skipped, done.Status));
    }

    [Fact]
    public async Task Large_inputs_are_taken_a_few_at_a_time()
    {
        var text = new string('a', 3 * 1024 * 1024);
        for (var i = 0; i < 5; i++)
        {
            await ScheduleAndFailAsync(new() { FunctionName = "greet", Data = JsonElement.Parse($$"""{"n":{{i}},"text":"{{text}}"}""") });
        }

        List<int> parts = [];
        Engine.Faulty.AfterCommit = changes =>
        {
            parts.AddRange(changes.Select(static change => change.Tasks.Count()));
            return Task.CompletedTask;
        };
        var done = await CarryOutAsync(await CreateAsync("rerun", "eq(status,failed)"));

        Assert.Equal(5, done.Affected);
        // Two fit into 8 MB. One that is computed from functions that were not read yet is tried again.
        Assert.All(parts, static part => Assert.InRange(part, 1, 2));
    }

    [Fact]
    public async Task Where_there_is_nothing_to_do_it_completes()
    {
        var done = await CarryOutAsync(await CreateAsync("cancel", "eq(status,failed)"));
        Assert.Equal((0L, BulkStates.Complete, 1.0), (done.Matching, done.Status, done.Progress));
    }
}
