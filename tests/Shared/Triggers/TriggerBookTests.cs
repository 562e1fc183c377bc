using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using TasksBus.Triggers;
using Xunit;

namespace TasksBus.Tests.Triggers;

/// <summary>Triggers as their owners make, find and change them, over either store.</summary>
public abstract class TriggerBookTests : TriggerTest
{
    private protected TriggerBookTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task A_trigger_is_found_as_it_was_made()
    {
        var made = await Book.CreateAsync(
            new("paid",
            [
                new(new ScheduleTask
                {
                    FunctionName = "ship",
                    Data = System.Text.Json.JsonElement.Parse("""{"n":12345678901234567890123,"Key":"ü","nul":"a\u0000b"}"""),
                    Priority = -9007199254740991,
                    Tags = ["a", "<ü>"],
                    StartTimestamp = new(2090, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
                })
                { Name = "first", Description = "the first" },
                Action("mail", delay: 60),
            ])
            { Name = "payments", Description = "what follows", Tags = ["x"] }, "507f1f77bcf86cd799439011", "507f1f77bcf86cd799439012");

        var found = (await Book.FindAsync(made.Id))!;

        Assert.Equal(made with { Actions = [], Tags = [] }, found with { Actions = [], Tags = [] });
        Assert.Equal(made.Tags, found.Tags);
        Assert.Equal(
            made.Actions.Select(static action => (action with { Tags = [] }, string.Join(',', action.Tags))),
            found.Actions.Select(static action => (action with { Tags = [] }, string.Join(',', action.Tags))));
    }

    [Fact]
    public async Task Triggers_are_found_by_type_name_and_tags()
    {
        var paid = await Book.CreateAsync(new("paid", [Action("ship")]) { Name = "one", Tags = ["x", "y"] }, null, null);
        var other = await Book.CreateAsync(new("returned", [Action("mail")]), null, null);

        Assert.Equal([paid.Id], await IdsAsync("eq(eventType,paid)"));
        Assert.Equal([paid.Id], await IdsAsync("eq(name,one)"));
        Assert.Equal([paid.Id], await IdsAsync("eq(tags,y)"));
        Assert.Equal([other.Id], await IdsAsync("excludes(name)"));
        Assert.Equal([other.Id], await IdsAsync($"eq(id,{other.Id})"));
        Assert.Equal([other.Id, paid.Id], await IdsAsync(""));
        Assert.NotNull(RqlQuery.Parse("actions.functionName=ship", TriggerProperties.Triggers).Error);
        Assert.Equal(2, (await IdsAsync("select(actions)&contains(actions)")).Count());
    }

    [Fact]
    public async Task Two_triggers_cannot_have_one_name()
    {
        await Book.CreateAsync(new("paid", []) { Name = "one" }, null, null);
        var other = await Book.CreateAsync(new("paid", []) { Name = "two" }, null, null);

        await RefusedAsync(ErrorCode.ResourceAlreadyExists, () => Book.CreateAsync(new("x", []) { Name = "one" }, null, null));
        await RefusedAsync(
            ErrorCode.ResourceAlreadyExists, () => Book.ChangeAsync(other.Id, static trigger => trigger with { Name = "one" }));
        Assert.NotNull(await Book.ChangeAsync(other.Id, static trigger => trigger with { Name = "two", EventType = "x" }));
    }

    [Fact]
    public async Task A_type_has_at_most_a_thousand_actions_whichever_way_they_come()
    {
        for (var i = 0; i < 9; i++)
        {
            await CreateAsync("paid", [.. Enumerable.Repeat(Action("ship"), 100)]);
        }

        await CreateAsync("paid", [.. Enumerable.Repeat(Action("ship"), 99)]);
        var (last, other) = (await CreateAsync("paid"), await CreateAsync("other", Action("ship"), Action("ship")));

        await RefusedAsync(ErrorCode.IllegalState, () => CreateAsync("paid", Action("ship"), Action("ship")));
        await RefusedAsync(
            ErrorCode.IllegalState, () => Book.ChangeAsync(other.Id, static trigger => trigger with { EventType = "paid" }));
        Assert.NotNull(await Book.AddActionAsync(last.Id, Action("ship")));
        await RefusedAsync(ErrorCode.IllegalState, () => Book.AddActionAsync(last.Id, Action("ship")));
    }

    [Fact]
    public async Task Changes_at_the_same_time_all_count()
    {
        var made = await CreateAsync("paid");

        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Book.AddActionAsync(made.Id, Action($"f{i}"))));

        Assert.Equal(
            Enumerable.Range(0, 10).Select(static i => $"f{i}"),
            (await Book.FindAsync(made.Id))!.Actions.Select(static action => action.FunctionName).Order());
    }

    [Fact]
    public async Task Actions_are_changed_and_removed_one_by_one()
    {
        var made = await CreateAsync("paid", Action("a"), Action("b"));

        Assert.True(await Book.ChangeActionAsync(made.Id, made.Actions[1].Id, static action => action with { Priority = 5 }));
        Assert.True(await Book.DeleteActionAsync(made.Id, made.Actions[0].Id));
        Assert.False(await Book.DeleteActionAsync(made.Id, made.Actions[0].Id));
        Assert.False(await Book.ChangeActionAsync(made.Id, TaskId.New(), static action => action));
        Assert.Null(await Book.AddActionAsync(TaskId.New(), Action("c")));

        var left = Assert.Single((await Book.FindAsync(made.Id))!.Actions);
        Assert.Equal((made.Actions[1].Id, "b", 5L), (left.Id, left.FunctionName, left.Priority));
        Assert.True(await Book.DeleteAsync(made.Id));
        Assert.False(await Book.DeleteAsync(made.Id));
        Assert.Null(await Book.FindAsync(made.Id));
    }

    private static async Task RefusedAsync(ErrorCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<CommandRefusedException>(call)).Refusal.Code);

    private async Task<IEnumerable<TaskId>> IdsAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, TriggerProperties.Triggers);
        Assert.Null(error);
        return (await Book.FindAsync(query, default)).Triggers.Select(static trigger => trigger.Id);
    }
}
