using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;
using TasksBus.Contracts;
using TasksBus.Functions.Management;
using TasksBus.Functions.Registry;
using TasksBus.Intake;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>Managed functions over either store, with a Lambda that fails when it is told.</summary>
public abstract class ManagedFunctionTests : IAsyncLifetime
{
    private static readonly ManagementResult s_refused = new(ManagementOutcome.ConfigurationRefused, "Lambda's words.");
    private static readonly ManagementResult s_codeRefused = new(ManagementOutcome.CodeRefused, "Lambda's words.");
    private static readonly ManagementResult s_unknown = new(ManagementOutcome.Unknown, "Nobody knows.");

    private readonly StoredEngine _engine;
    private readonly ScriptedManagement _lambda = new();
    private readonly EphemeralDataProtectionProvider _keys = new();
    private FunctionStore _store = null!;

    private protected ManagedFunctionTests(StoredEngine engine) => _engine = engine;

    public async Task InitializeAsync()
    {
        await _engine.StartAsync();
        _store = new(_engine.Model);
    }

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    [Fact]
    public async Task What_was_computed_from_other_functions_is_not_stored()
    {
        TaskChange insert = new()
        {
            Task = new() { Id = TaskId.New(), Status = TaskStates.New, FunctionName = "greet" },
            ExpectedVersion = null,
            WorkerBefore = null,
            FunctionsRevision = Guid.NewGuid(),
        };

        Assert.Equal([CommitOutcome.Conflict], await _engine.Store.CommitAsync([insert], default));
        Assert.Equal("none", await _engine.StateAsync(insert.Task.Id));
    }

    [Fact]
    public async Task A_function_is_made_in_Lambda_and_here_and_found_with_the_defaults()
    {
        var made = await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["SECRET"] = "s3cret-value" } });

        Assert.Equal(("greet", 30, 128, FunctionSettings.PermissionRequired, 0, false, true),
            (made.Name, made.TimeLimit, made.MemoryLimit, made.PermissionMode, made.DefaultPriority, made.IsRetried, made.IsEnabled));
        var deployed = _lambda["greet"]!;
        Assert.Equal(("index.handler", "nodejs22.x", 30, 128), (deployed.Configuration.Handler, deployed.Configuration.Runtime, deployed.Configuration.Timeout, deployed.Configuration.MemorySize));
        Assert.Equal("s3cret-value", deployed.Configuration.Environment["SECRET"]);
        Assert.Equal("s3cret-value", (await Server().FindAsync("greet")).Environment!["SECRET"]);
        Assert.Equal("greet", Assert.Single(await Server().ListAsync()).Name);
    }

    [Fact]
    public async Task Environment_values_are_encrypted_where_they_are_stored()
    {
        await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["SECRET"] = "s3cret-value" } });

        var stored = Assert.Single(await _engine.RowsAsync("select environment from functions"));

        Assert.DoesNotContain("s3cret", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_environment_whose_keys_are_gone_is_never_lost_by_an_update()
    {
        await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["NAME"] = "value" } });
        var other = new ManagedFunctions(_store, Unfinished(new EphemeralDataProtectionProvider()), new(new(new EphemeralDataProtectionProvider())), _lambda);

        Assert.Null((await other.FindAsync("greet")).Environment);
        Assert.Equal(ErrorCode.IllegalState, (await Refused.ByAsync(() => other.UpdateAsync("greet", new() { TimeLimit = 60 }))).Code);
        await other.UpdateAsync("greet", new() { Description = "kept" });

        Assert.Equal("value", (await Server().FindAsync("greet")).Environment!["NAME"]);
        await other.UpdateAsync("greet", new() { Environment = new Dictionary<string, string> { ["NAME"] = "new" } });
        Assert.Equal("new", (await other.FindAsync("greet")).Environment!["NAME"]);
    }

    [Fact]
    public async Task A_name_is_given_once_here_and_in_Lambda()
    {
        await Server().CreateAsync("greet", Whole);
        _lambda["others"] = new(new("others", "index.handler", "nodejs22.x", 3, 128, new Dictionary<string, string>(), "somebody's"), "hash");

        Assert.Equal(ErrorCode.ResourceAlreadyExists, (await Refused.ByAsync(() => Server().CreateAsync("greet", Whole))).Code);
        Assert.Equal(ErrorCode.ResourceAlreadyExists, (await Refused.ByAsync(() => Server().CreateAsync("others", Whole))).Code);
        Assert.Equal("somebody's", _lambda["others"]!.Configuration.Marker);
        Assert.Null(await _store.FindAsync("others"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_creation_that_fails_leaves_nothing_behind_here_or_in_Lambda(bool isMade)
    {
        Fail("create", isMade ? null : s_refused, isMade ? s_refused : null);

        var refusal = await Refused.ByAsync(() => Server().CreateAsync("greet", Whole));

        Assert.Equal(ErrorCode.InvalidFunctionConfiguration, refusal.Code);
        Assert.Equal("Lambda's words. Nothing was made.", refusal.Message);
        Assert.Null(_lambda["greet"]);
        Assert.Null(await _store.FindAsync("greet"));
    }

    [Fact]
    public async Task A_creation_that_was_cut_short_is_taken_back_by_the_next_one()
    {
        var cut = await StopWithinAsync("find", () => Server().CreateAsync("greet", Whole), before: () => Fail("create", after: s_unknown));

        Assert.Equal(ErrorCode.ResourceUnknown, (await Refused.ByAsync(() => Server().FindAsync("greet"))).Code);
        Assert.Empty(await Server().ListAsync());
        Assert.Equal(ErrorCode.IllegalState, (await Refused.ByAsync(() => Server().CreateAsync("greet", Whole))).Code);
        Assert.NotNull(_lambda["greet"]);
        await AbandonAsync();
        var made = await Server().CreateAsync("greet", Whole with { Runtime = "nodejs24.x" });

        Assert.Equal("nodejs24.x", made.Runtime);
        Assert.Equal("nodejs24.x", _lambda["greet"]!.Configuration.Runtime);
        cut();
    }

    [Fact]
    public async Task An_update_changes_what_it_says_and_nothing_else()
    {
        await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["NAME"] = "value" }, DefaultPriority = 5 });

        await Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") });
        await Server().UpdateAsync("greet", new() { IsRetried = true, ErrorsToRetry = ["Late"] });
        var calls = _lambda.Calls.Count;
        await Server().UpdateAsync("greet", new() { Description = "says hello" });

        var function = await Server().FindAsync("greet");
        Assert.Equal((60, 128, 5, true, "says hello", "value"),
            (function.TimeLimit, function.MemoryLimit, function.DefaultPriority, function.IsRetried, function.Description, function.Environment!["NAME"]));
        Assert.Equal(["Late"], function.ErrorsToRetry);
        Assert.Equal((60, ScriptedManagement.HashOf(Convert.FromBase64String(Zips.Base64("index.js")))), (_lambda["greet"]!.Configuration.Timeout, _lambda["greet"]!.CodeHash));
        // What is ours alone is no business of Lambda's.
        Assert.Equal(calls, _lambda.Calls.Count);
    }

    [Theory]
    [InlineData("configuration")]
    [InlineData("code")]
    public async Task An_update_that_Lambda_refuses_leaves_all_as_it_was(string call)
    {
        await Server().CreateAsync("greet", Whole);
        var before = _lambda["greet"]!;
        Fail(call, instead: call == "code" ? s_codeRefused : s_refused);

        var refusal = await Refused.ByAsync(() => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        Assert.Equal(call == "code" ? ErrorCode.InvalidFunctionCode : ErrorCode.InvalidFunctionConfiguration, refusal.Code);
        Assert.Equal("Lambda's words. Nothing was changed.", refusal.Message);
        Assert.Equal((before.Configuration.Timeout, before.CodeHash), (_lambda["greet"]!.Configuration.Timeout, _lambda["greet"]!.CodeHash));
        Assert.Equal((30, FunctionStep.None), ((await _store.FindAsync("greet"))!.TimeLimit, (await _store.FindAsync("greet"))!.Step));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_update_whose_code_may_have_arrived_holds_exactly_if_it_did(bool hasArrived)
    {
        await Server().CreateAsync("greet", Whole);
        Fail("code", hasArrived ? null : s_unknown, hasArrived ? s_unknown : null);

        var refused = await Record.ExceptionAsync(() => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        Assert.Equal(hasArrived ? null : ErrorCode.ServiceUnreachable, (refused as CommandRefusedException)?.Refusal.Code);
        Assert.Equal(hasArrived, refused is null);
        Assert.Equal(hasArrived ? 60 : 30, _lambda["greet"]!.Configuration.Timeout);
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
            ? await StopWithinAsync("find", () => Server().UpdateAsync("greet", update), () => Fail("code", after: s_unknown))
            : await StopWithinAsync(within, () => Server().UpdateAsync("greet", update));

        Assert.Equal(30, (await Server().FindAsync("greet")).TimeLimit);
        Assert.Equal(ErrorCode.IllegalState, (await Refused.ByAsync(() => Server().UpdateAsync("greet", new() { MemoryLimit = 256 }))).Code);
        Assert.Equal(ErrorCode.IllegalState, (await Refused.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await AbandonAsync();
        await Server().UpdateAsync("greet", new() { MemoryLimit = 256 });

        Assert.Equal((timeLimit, 256), ((await Server().FindAsync("greet")).TimeLimit, (await Server().FindAsync("greet")).MemoryLimit));
        Assert.Equal((timeLimit, 256), (_lambda["greet"]!.Configuration.Timeout, _lambda["greet"]!.Configuration.MemorySize));
        // The one that was cut short goes on now, and must not spoil what came after it.
        cut();
        Assert.Equal(timeLimit, (await Server().FindAsync("greet")).TimeLimit);
    }

    [Fact]
    public async Task A_deletion_takes_the_function_from_Lambda_and_from_here()
    {
        await Server().CreateAsync("greet", Whole);

        await Server().DeleteAsync("greet");

        Assert.Null(_lambda["greet"]);
        Assert.Equal(ErrorCode.ResourceUnknown, (await Refused.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await Server().CreateAsync("greet", Whole);
    }

    [Fact]
    public async Task A_deletion_that_was_cut_short_is_finished_by_the_look_around()
    {
        await Server().CreateAsync("greet", Whole);
        Fail("delete", instead: s_unknown);
        Assert.Equal(ErrorCode.ServiceUnreachable, (await Refused.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await AbandonAsync();

        using var unfinished = Unfinished(_keys);
        await unfinished.StartAsync(default);
        await Eventually.TrueAsync(async () => await _store.FindAsync("greet") is null, "the function is gone");
        await unfinished.StopAsync(default);

        Assert.Null(_lambda["greet"]);
    }

    [Fact]
    public async Task A_function_is_enabled_and_disabled_even_while_it_is_updated()
    {
        await Server().CreateAsync("greet", Whole);
        var cut = await StopWithinAsync("code", () => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        await Server().EnableAsync("greet", false);
        await Server().EnableAsync("greet", false);
        Assert.False((await Server().FindAsync("greet")).IsEnabled);
        cut();

        await Eventually.TrueAsync(async () => (await Server().FindAsync("greet")).TimeLimit == 60, "the update is done");
        Assert.False((await Server().FindAsync("greet")).IsEnabled);
        await Server().EnableAsync("greet", true);
        Assert.Equal(ErrorCode.ResourceUnknown, (await Refused.ByAsync(() => Server().EnableAsync("nobody", true))).Code);
    }

    [Fact]
    public async Task Two_that_make_one_function_at_once_have_one_winner()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Record.ExceptionAsync(() => Server().CreateAsync("greet", Whole)))));

        Assert.Single(results, static refused => refused is null);
        Assert.All(results.OfType<Exception>(), static refused =>
            Assert.Contains(Assert.IsType<CommandRefusedException>(refused).Refusal.Code, new[] { ErrorCode.ResourceAlreadyExists, ErrorCode.IllegalState }));
        Assert.Single(await Server().ListAsync());
    }

    [Fact]
    public async Task A_step_is_computed_from_the_functions_as_they_are_when_it_is_committed()
    {
        await Server().CreateAsync("greet", Whole with { DefaultPriority = 1 });
        await _engine.Store.RefreshFunctionsAsync(default);
        var seen = _engine.Store.Functions;
        // Another server: this one hears nothing of it.
        await Server().UpdateAsync("greet", new() { DefaultPriority = 2 });
        Assert.Same(seen, _engine.Store.Functions);

        List<long> asked = [];
        var id = TaskId.New();
        var result = await _engine.Transitions.RaiseWithFunctionsAsync(id, EventKind.Schedule, (_, functions) =>
        {
            asked.Add(functions.Of("greet").DefaultPriority);
            return new ScheduleRequested(id.ToGuid(), new() { FunctionName = "greet", Priority = asked[^1] });
        });

        Assert.Equal([1, 2], asked);
        Assert.Equal(2, (await _engine.FindAsync(id))!.Priority);
        Assert.Equal(2, result.Task!.Priority);
        Assert.Equal(["TaskScheduled"], await _engine.EventsAsync(id));
        // Until they change again nothing is asked twice.
        var next = TaskId.New();
        await _engine.Transitions.RaiseWithFunctionsAsync(next, EventKind.Schedule, (_, functions) =>
        {
            asked.Add(functions.Of("greet").DefaultPriority);
            return new ScheduleRequested(next.ToGuid(), new() { FunctionName = "greet" });
        });
        Assert.Equal([1, 2, 2], asked);
    }

    private static FunctionChanges Whole => new() { EntryPoint = "index.handler", Runtime = "nodejs22.x", Code = Zips.Base64() };

    private ManagedFunctions Server() => new(_store, Unfinished(_keys), new(new(_keys)), _lambda);

    private UnfinishedSteps Unfinished(IDataProtectionProvider keys) => new(_store, new(new(keys)), TimeProvider.System, NullLogger<UnfinishedSteps>.Instance, _lambda);

    /// <summary>Lets the next call of that name fail.</summary>
    private void Fail(string call, ManagementResult? instead = null, ManagementResult? after = null)
    {
        _lambda.Instead = called => Once(called, ref instead);
        _lambda.Afterwards = called => Once(called, ref after);

        ManagementResult? Once(string called, ref ManagementResult? result)
        {
            var now = called == call ? result : null;
            result = now is null ? result : null;
            return now;
        }
    }

    /// <summary>Starts a call that gets as far as Lambda's call of that name and no further: as if its server had died there.</summary>
    /// <returns>Lets it go on, for it was only frozen.</returns>
    private async Task<Action> StopWithinAsync(string within, Func<Task> call, Action? before = null)
    {
        TaskCompletionSource reached = new(), goOn = new();
        before?.Invoke();
        _lambda.Within = async called =>
        {
            if (called == within)
            {
                _lambda.Within = static _ => Task.CompletedTask;
                reached.SetResult();
                await goOn.Task;
            }
        };
        _ = Task.Run(call);
        await reached.Task.EndsAsync();
        return goOn.SetResult;
    }

    /// <summary>Lets the time of every step pass.</summary>
    private Task<int> AbandonAsync() => _engine.Model.WriteAsync(static async context =>
    {
        foreach (var row in context.Functions.ToList())
        {
            row.StepEndsAt = 1;
            context.Update(row);
        }

        return await context.SaveChangesAsync();
    });
}
