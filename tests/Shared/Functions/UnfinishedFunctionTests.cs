using TasksBus.Contracts;
using TasksBus.Functions.Management;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>Changes of managed functions that are cut short or meet others, over either store.</summary>
public abstract class UnfinishedFunctionTests : ManagedFunctionTest
{
    private protected UnfinishedFunctionTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_creation_that_was_cut_short_is_taken_back_by_the_next_one()
    {
        var cut = await StopWithinAsync("find", () => Server().CreateAsync("greet", Whole), before: () => Fail("create", after: Unknown));

        Assert.Equal(ErrorCode.ResourceUnknown, (await Refusals.ByAsync(() => Server().FindAsync("greet"))).Code);
        Assert.Empty(await Server().ListAsync());
        Assert.Equal(ErrorCode.IllegalState, (await Refusals.ByAsync(() => Server().CreateAsync("greet", Whole))).Code);
        Assert.NotNull(Lambda["greet"]);
        await AbandonAsync();
        var made = await Server().CreateAsync("greet", Whole with { Runtime = "nodejs24.x" });

        Assert.Equal("nodejs24.x", made.Runtime);
        Assert.Equal("nodejs24.x", Lambda["greet"]!.Configuration.Runtime);
        cut();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_update_whose_code_may_have_arrived_holds_exactly_if_it_did(bool hasArrived)
    {
        await Server().CreateAsync("greet", Whole);
        Fail("code", hasArrived ? null : Unknown, hasArrived ? Unknown : null);

        var refused = await Record.ExceptionAsync(
            () => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        Assert.Equal(hasArrived, refused is null);
        Assert.Equal(hasArrived ? null : ErrorCode.ServiceUnreachable, (refused as CommandRefusedException)?.Refusal.Code);
        Assert.Equal(hasArrived ? 60 : 30, Lambda["greet"]!.Configuration.Timeout);
        Assert.Equal(hasArrived ? 60 : 30, (await Server().FindAsync("greet")).TimeLimit);
    }

    [Theory]
    [InlineData("configuration", 30)]
    [InlineData("code", 30)]
    [InlineData("after code", 60)]
    public async Task An_update_that_was_cut_short_is_settled_by_whoever_comes_next(string within, int timeLimit)
    {
        await Server().CreateAsync("greet", Whole);
        var update = new FunctionChanges { TimeLimit = 60, Code = Zips.Base64("index.js") };
        var cut = within == "after code"
            ? await StopWithinAsync("find", () => Server().UpdateAsync("greet", update), () => Fail("code", after: Unknown))
            : await StopWithinAsync(within, () => Server().UpdateAsync("greet", update));

        Assert.Equal(30, (await Server().FindAsync("greet")).TimeLimit);
        Assert.Equal(ErrorCode.IllegalState, (await Refusals.ByAsync(() => Server().UpdateAsync("greet", new() { MemoryLimit = 256 }))).Code);
        Assert.Equal(ErrorCode.IllegalState, (await Refusals.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await AbandonAsync();
        await Server().UpdateAsync("greet", new() { MemoryLimit = 256 });

        Assert.Equal(
            (timeLimit, 256),
            ((await Server().FindAsync("greet")).TimeLimit, (await Server().FindAsync("greet")).MemoryLimit));
        Assert.Equal((timeLimit, 256), (Lambda["greet"]!.Configuration.Timeout, Lambda["greet"]!.Configuration.MemorySize));
        // The one that was cut short goes on now, and must not spoil what came after it.
        cut();
        Assert.Equal(timeLimit, (await Server().FindAsync("greet")).TimeLimit);
    }

    [Fact]
    public async Task A_deletion_that_was_cut_short_is_finished_by_the_look_around()
    {
        await Server().CreateAsync("greet", Whole);
        Fail("delete", instead: Unknown);
        Assert.Equal(ErrorCode.ServiceUnreachable, (await Refusals.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await AbandonAsync();

        using var unfinished = Unfinished(Keys);
        await unfinished.StartAsync(default);
        await Eventually.TrueAsync(async () => await Store.FindAsync("greet") is null, "the function is gone");
        await unfinished.StopAsync(default);

        Assert.Null(Lambda["greet"]);
    }

    [Fact]
    public async Task A_function_is_enabled_and_disabled_even_while_it_is_updated()
    {
        await Server().CreateAsync("greet", Whole);
        var cut = await StopWithinAsync(
            "code", () => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        await Server().EnableAsync("greet", false);
        await Server().EnableAsync("greet", false);
        Assert.False((await Server().FindAsync("greet")).IsEnabled);
        cut();

        await Eventually.TrueAsync(async () => (await Server().FindAsync("greet")).TimeLimit == 60, "the update is done");
        Assert.False((await Server().FindAsync("greet")).IsEnabled);
        await Server().EnableAsync("greet", true);
        Assert.Equal(ErrorCode.ResourceUnknown, (await Refusals.ByAsync(() => Server().EnableAsync("nobody", true))).Code);
    }

    [Fact]
    public async Task Two_that_make_one_function_at_once_have_one_winner()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            _ => Task.Run(() => Record.ExceptionAsync(() => Server().CreateAsync("greet", Whole)))));

        Assert.Single(results, static refused => refused is null);
        Assert.All(results.OfType<Exception>(), static refused => Assert.Contains(
            Assert.IsType<CommandRefusedException>(refused).Refusal.Code, new[] { ErrorCode.ResourceAlreadyExists, ErrorCode.IllegalState }));
        Assert.Single(await Server().ListAsync());
    }

    /// <summary>Starts a call and stops it within Lambda's call of that name, as if its server had died there.</summary>
    /// <returns>Lets the call go on, because it was only stopped.</returns>
    private async Task<Action> StopWithinAsync(string within, Func<Task> call, Action? before = null)
    {
        TaskCompletionSource reached = new(), goOn = new();
        before?.Invoke();
        Lambda.Within = async called =>
        {
            if (called == within)
            {
                Lambda.Within = static _ => Task.CompletedTask;
                reached.SetResult();
                await goOn.Task;
            }
        };
        _ = Task.Run(call);
        await reached.Task.EndsAsync();
        return goOn.SetResult;
    }

    /// <summary>Lets the time limit of every step pass.</summary>
    private Task<int> AbandonAsync() => Engine.Model.WriteAsync(static async context =>
    {
        foreach (var row in context.Functions.ToList())
        {
            row.StepEndsAt = 1;
            context.Update(row);
        }

        return await context.SaveChangesAsync();
    });
}
