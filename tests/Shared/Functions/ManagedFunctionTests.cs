using Microsoft.AspNetCore.DataProtection;
using TasksBus.Contracts;
using TasksBus.Functions.Management;
using TasksBus.Functions.Registry;
using TasksBus.Lifecycle;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Functions;

/// <summary>How managed functions are made, changed, deleted and used, over either store.</summary>
public abstract class ManagedFunctionTests : ManagedFunctionTest
{
    private static readonly ManagementResult s_codeRefused = new(ManagementOutcome.CodeRefused, "Lambda's words.");

    private protected ManagedFunctionTests(StoredEngine engine)
        : base(engine)
    {
    }

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

        Assert.Equal([CommitOutcome.Conflict], await Engine.Store.CommitAsync([insert], default));
        Assert.Equal("none", await Engine.StateAsync(insert.Task.Id));
    }

    [Fact]
    public async Task A_function_is_made_in_Lambda_and_here_and_found_with_the_defaults()
    {
        var made = await Server().CreateAsync(
            "greet", Whole with { Environment = new Dictionary<string, string> { ["SECRET"] = "s3cret-value" } });

        Assert.Equal(("greet", 30, 128, FunctionSettings.PermissionRequired, 0, false, true),
            (made.Name, made.TimeLimit, made.MemoryLimit, made.PermissionMode, made.DefaultPriority, made.IsRetried, made.IsEnabled));
        var deployed = Lambda["greet"]!;
        Assert.Equal(
            ("index.handler", "nodejs22.x", 30, 128),
            (deployed.Configuration.Handler, deployed.Configuration.Runtime, deployed.Configuration.Timeout,
                deployed.Configuration.MemorySize));
        Assert.Equal("s3cret-value", deployed.Configuration.Environment["SECRET"]);
        Assert.Equal("s3cret-value", (await Server().FindAsync("greet")).Environment!["SECRET"]);
        Assert.Equal("greet", Assert.Single(await Server().ListAsync()).Name);
    }

    [Fact]
    public async Task Environment_values_are_encrypted_where_they_are_stored()
    {
        await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["SECRET"] = "s3cret-value" } });

        var stored = Assert.Single(await Engine.RowsAsync("select environment from functions"));

        Assert.DoesNotContain("s3cret", stored, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_environment_whose_keys_are_gone_is_never_lost_by_an_update()
    {
        await Server().CreateAsync("greet", Whole with { Environment = new Dictionary<string, string> { ["NAME"] = "value" } });
        var other = new ManagedFunctions(
            Store, Unfinished(new EphemeralDataProtectionProvider()), new(new(new EphemeralDataProtectionProvider())), Lambda);

        Assert.Null((await other.FindAsync("greet")).Environment);
        Assert.Equal(ErrorCode.IllegalState, (await Refusals.ByAsync(() => other.UpdateAsync("greet", new() { TimeLimit = 60 }))).Code);
        await other.UpdateAsync("greet", new() { Description = "kept" });

        Assert.Equal("value", (await Server().FindAsync("greet")).Environment!["NAME"]);
        await other.UpdateAsync("greet", new() { Environment = new Dictionary<string, string> { ["NAME"] = "new" } });
        Assert.Equal("new", (await other.FindAsync("greet")).Environment!["NAME"]);
    }

    [Fact]
    public async Task A_name_is_given_once_here_and_in_Lambda()
    {
        await Server().CreateAsync("greet", Whole);
        Lambda["others"] = new(
            new("others", "index.handler", "nodejs22.x", 3, 128, new Dictionary<string, string>(), "somebody's"), "hash");

        Assert.Equal(ErrorCode.ResourceAlreadyExists, (await Refusals.ByAsync(() => Server().CreateAsync("greet", Whole))).Code);
        Assert.Equal(ErrorCode.ResourceAlreadyExists, (await Refusals.ByAsync(() => Server().CreateAsync("others", Whole))).Code);
        Assert.Equal("somebody's", Lambda["others"]!.Configuration.Marker);
        Assert.Null(await Store.FindAsync("others"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_creation_that_fails_leaves_nothing_behind_here_or_in_Lambda(bool isMade)
    {
        Fail("create", isMade ? null : Refused, isMade ? Refused : null);

        var refusal = await Refusals.ByAsync(() => Server().CreateAsync("greet", Whole));

        Assert.Equal(ErrorCode.InvalidFunctionConfiguration, refusal.Code);
        Assert.Equal("Lambda's words. Nothing was made.", refusal.Message);
        Assert.Null(Lambda["greet"]);
        Assert.Null(await Store.FindAsync("greet"));
    }

    [Fact]
    public async Task An_update_changes_what_it_says_and_nothing_else()
    {
        await Server().CreateAsync(
            "greet", Whole with { Environment = new Dictionary<string, string> { ["NAME"] = "value" }, DefaultPriority = 5 });

        await Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") });
        await Server().UpdateAsync("greet", new() { IsRetried = true, ErrorsToRetry = ["Late"] });
        var calls = Lambda.Calls.Count;
        await Server().UpdateAsync("greet", new() { Description = "says hello" });

        var function = await Server().FindAsync("greet");
        Assert.Equal((60, 128, 5, true, "says hello", "value"),
            (function.TimeLimit, function.MemoryLimit, function.DefaultPriority, function.IsRetried, function.Description,
                function.Environment!["NAME"]));
        Assert.Equal(["Late"], function.ErrorsToRetry);
        Assert.Equal(
            (60, ScriptedManagement.HashOf(Convert.FromBase64String(Zips.Base64("index.js")))),
            (Lambda["greet"]!.Configuration.Timeout, Lambda["greet"]!.CodeHash));
        // Lambda is not called for what only TasksBus keeps.
        Assert.Equal(calls, Lambda.Calls.Count);
    }

    [Theory]
    [InlineData("configuration")]
    [InlineData("code")]
    public async Task An_update_that_Lambda_refuses_leaves_all_as_it_was(string call)
    {
        await Server().CreateAsync("greet", Whole);
        var before = Lambda["greet"]!;
        Fail(call, instead: call == "code" ? s_codeRefused : Refused);

        var refusal = await Refusals.ByAsync(() => Server().UpdateAsync("greet", new() { TimeLimit = 60, Code = Zips.Base64("index.js") }));

        Assert.Equal(call == "code" ? ErrorCode.InvalidFunctionCode : ErrorCode.InvalidFunctionConfiguration, refusal.Code);
        Assert.Equal("Lambda's words. Nothing was changed.", refusal.Message);
        Assert.Equal(
            (before.Configuration.Timeout, before.CodeHash), (Lambda["greet"]!.Configuration.Timeout, Lambda["greet"]!.CodeHash));
        Assert.Equal((30, FunctionStep.None), ((await Store.FindAsync("greet"))!.TimeLimit, (await Store.FindAsync("greet"))!.Step));
    }

    [Fact]
    public async Task A_deletion_takes_the_function_from_Lambda_and_from_here()
    {
        await Server().CreateAsync("greet", Whole);

        await Server().DeleteAsync("greet");

        Assert.Null(Lambda["greet"]);
        Assert.Equal(ErrorCode.ResourceUnknown, (await Refusals.ByAsync(() => Server().DeleteAsync("greet"))).Code);
        await Server().CreateAsync("greet", Whole);
    }

    [Fact]
    public async Task A_step_is_computed_from_the_functions_as_they_are_when_it_is_committed()
    {
        await Server().CreateAsync("greet", Whole with { DefaultPriority = 1 });
        await Engine.Store.RefreshFunctionsAsync(default);
        var seen = Engine.Store.Functions;
        // Another server makes the change, and this one is not told.
        await Server().UpdateAsync("greet", new() { DefaultPriority = 2 });
        Assert.Same(seen, Engine.Store.Functions);

        List<long> asked = [];
        var id = TaskId.New();
        var result = await Engine.Transitions.RaiseWithFunctionsAsync(id, EventKind.Schedule, (_, functions) =>
        {
            asked.Add(functions.Of("greet").DefaultPriority);
            return new ScheduleRequested(id.ToGuid(), new() { FunctionName = "greet", Priority = asked[^1] });
        });

        Assert.Equal([1, 2], asked);
        Assert.Equal(2, (await Engine.FindAsync(id))!.Priority);
        Assert.Equal(2, result.Task!.Priority);
        Assert.Equal(["TaskScheduled"], await Engine.EventsAsync(id));
        // Nothing is asked twice until the functions change again.
        var next = TaskId.New();
        await Engine.Transitions.RaiseWithFunctionsAsync(next, EventKind.Schedule, (_, functions) =>
        {
            asked.Add(functions.Of("greet").DefaultPriority);
            return new ScheduleRequested(next.ToGuid(), new() { FunctionName = "greet" });
        });
        Assert.Equal([1, 2, 2], asked);
    }
}
