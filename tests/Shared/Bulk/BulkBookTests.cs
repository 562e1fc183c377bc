using TasksBus.Bulk;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Bulk;

/// <summary>How bulk operations are made, found and stopped, over either store.</summary>
public abstract class BulkBookTests : BulkTest
{
    private protected BulkBookTests(StoredEngine engine)
        : base(engine)
    {
    }

    [Fact]
    public async Task One_that_was_stopped_goes_no_further_and_what_it_did_stays()
    {
        await ScheduleAsync(BulkWalk.AtOnce + 1, "greet");
        var operation = await CreateAsync("cancel", "functionName=greet");
        await Walk().StepAsync(operation, default);

        Assert.True(await Book.StopAsync(operation.Id));
        Assert.False(await Book.StopAsync(operation.Id));

        Assert.Empty(await Store.InProgressAsync());
        var stopped = (await Store.FindAsync(operation.Id))!;
        Assert.Equal((BulkStates.Stopped, (long)BulkWalk.AtOnce), (stopped.Status, stopped.Affected));
        Assert.Equal(1, await CountAsync("eq(status,new)"));
    }

    [Fact]
    public async Task A_step_that_ends_after_the_stop_is_counted_and_does_not_go_on()
    {
        await ScheduleAsync("greet");
        var operation = await CreateAsync("cancel", "functionName=greet");
        await Book.StopAsync(operation.Id);

        await Walk().StepAsync(operation, default);

        var stopped = (await Store.FindAsync(operation.Id))!;
        Assert.Equal((BulkStates.Stopped, 1L), (stopped.Status, stopped.Affected));
    }

    [Fact]
    public async Task They_are_found_by_their_properties_and_the_old_ones_are_removed()
    {
        var old = await CreateAsync("cancel", "functionName=a");
        await Book.StopAsync(old.Id);
        Assert.Equal([old.Id], await FindAsync("eq(status,stopped)&eq(action,cancel)&like(query,functionName)"));
        await Engine.LetAgeAsync(BulkBook.KeptFor + TimeSpan.FromHours(1));

        var next = await CreateAsync("rerun", "functionName=b");

        Assert.Equal([next.Id], await FindAsync(""));
    }

    [Fact]
    public async Task Only_so_many_are_in_progress_at_once()
    {
        for (var i = 0; i < BulkBook.MaxInProgress; i++)
        {
            await CreateAsync("cancel", "functionName=a");
        }

        var refused = await Assert.ThrowsAsync<CommandRefusedException>(() => CreateAsync("cancel", "functionName=a"));
        Assert.Equal(ErrorCode.IllegalState, refused.Refusal.Code);
    }

    private async Task<TaskId[]> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, BulkProperties.Schema);
        Assert.Null(error);
        return [.. (await Book.FindAsync(query, default)).Operations.Select(static operation => operation.Id)];
    }
}
