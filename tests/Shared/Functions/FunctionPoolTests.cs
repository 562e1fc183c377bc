using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Schedules;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>The pools of functions as they are in the database, over either store. The processes here have no settings for pools.</summary>
public abstract class FunctionPoolTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;
    private readonly TasksBusOptions _none = new();

    private protected FunctionPoolTests(StoredEngine engine) => _engine = engine;

    private FunctionPoolStore Pools => new(_engine.Model);

    private TaskIntake Intake =>
        new(_engine.Transitions, _engine.Store, _engine.Store, Options.Create(_none), NullLogger<TaskIntake>.Instance);

    public Task InitializeAsync() => _engine.StartAsync();

    public Task DisposeAsync() => _engine.DisposeAsync().AsTask();

    [Fact]
    public async Task A_change_holds_for_the_next_task_however_it_comes_in()
    {
        Assert.Equal("default", (await Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = "render" })).Pool);
        Assert.True(await Pools.SetAsync("render", "gpu"));
        Assert.False(await Pools.SetAsync("render", "gpu"));

        Assert.Equal("gpu", (await Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = "render" })).Pool);
        Assert.Equal(
            ["gpu", "default"],
            (await Intake.ScheduleAllAsync([new() { FunctionName = "111122223333:function:render" }, new() { FunctionName = "greet" }]))
                .Select(static task => task.Pool));
        Assert.True(await Pools.SetAsync("render", "default"));
        Assert.Equal("default", (await Intake.ScheduleAsync(TaskId.New(), new() { FunctionName = "render" })).Pool);
    }

    [Fact]
    public async Task A_retry_goes_to_the_pool_of_its_function_whoever_reports_the_failure()
    {
        await Pools.SetAsync("render", "gpu");
        await _engine.Store.RefreshFunctionsAsync(default);
        var (id, worker, claim, successor) =
            (await _engine.ScheduleAsync(new() { FunctionName = "render" }), await _engine.AddWorkerAsync(), Guid.NewGuid(), TaskId.New());
        await _engine.RaiseAsync(new TaskClaimed(id.ToGuid(), claim, worker, TimeSpan.FromMinutes(5)));

        await _engine.RaiseAsync(new FunctionFailed(id.ToGuid(), claim, new(TaskErrorTypes.Runtime, "Error", "It broke."), null)
        {
            Retry = new(successor.ToString(), TimeSpan.FromSeconds(2)),
        });

        Assert.Equal(["gpu", "gpu"], [(await _engine.FindAsync(id))!.Pool, (await _engine.FindAsync(successor))!.Pool]);
    }

    [Fact]
    public async Task A_tick_goes_to_the_pool_of_its_function_whoever_leads()
    {
        ScheduleBook book = new(new ScheduleStore(_engine.Model), _engine.Store, Intake, Options.Create(_none), new());
        await book.CreateAsync(new(new() { FunctionName = "render" }) { Interval = 60 }, null, null);
        await Pools.SetAsync("render", "gpu");
        Ticks ticks = new(
            _engine.Store, _engine.Store, new ScheduleStore(_engine.Model), Intake, TimeProvider.System, NullLogger<Ticks>.Instance);

        await ticks.MakeDueAsync(await _engine.EpochAsync(), default);

        Assert.Equal("gpu", Assert.Single((await _engine.Store.FindAsync("functionName=render")).Tasks).Pool);
    }

    [Fact]
    public async Task Settings_fill_in_what_has_no_pool_and_leave_the_rest()
    {
        await Pools.SetAsync("render", "cpu");
        FunctionPool[] wanted = [new("render", "gpu"), new("encode", "gpu")];

        var kept = Assert.Single(await Pools.FillAsync(wanted));
        Assert.Equal(("render", "cpu"), (kept.FunctionName, kept.Pool));
        Assert.Single(await Pools.FillAsync(wanted));

        var functions = await _engine.Store.RefreshFunctionsAsync(default);
        Assert.Equal(("cpu", "gpu", "default"), (functions.PoolOf("render"), functions.PoolOf("encode"), functions.PoolOf("greet")));
    }

    [Fact]
    public async Task Where_only_registered_functions_ran_as_a_schedule_came_in_its_ticks_keep_to_it_whatever_the_leader_is_set_to()
    {
        await _engine.Model.ManageAsync("greet", static _ => { });
        var strict = Options.Create(new TasksBusOptions { OnlyRegisteredFunctions = true });
        ScheduleBook book = new(new ScheduleStore(_engine.Model), _engine.Store, new(_engine.Transitions, _engine.Store, _engine.Store, strict, NullLogger<TaskIntake>.Instance), strict, new());
        await book.CreateAsync(new(new() { FunctionName = "greet" }) { Interval = 60 }, null, null);
        await Assert.ThrowsAsync<CommandRefusedException>(() => book.CreateAsync(new(new() { FunctionName = "other" }) { Interval = 60 }, null, null));
        FunctionStore functions = new(_engine.Model);
        var function = (await functions.FindAsync("greet"))!;
        await functions.BeginAsync(function, FunctionStep.Deleting, TimeSpan.FromMinutes(1));
        await functions.RemoveAsync(function);

        await new Ticks(
            _engine.Store, _engine.Store, new ScheduleStore(_engine.Model), Intake, TimeProvider.System, NullLogger<Ticks>.Instance)
            .MakeDueAsync(await _engine.EpochAsync(), default);

        Assert.Equal(0, (await _engine.Store.FindAsync("functionName=greet")).Total);
    }
}
