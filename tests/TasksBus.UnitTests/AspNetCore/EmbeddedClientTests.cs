using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.AspNetCore;

/// <summary>The client of the application that has TasksBus in it. Its errors are those of the other clients.</summary>
public sealed class EmbeddedClientTests
{
    private static readonly DateTimeOffset s_later = DateTimeOffset.UnixEpoch.AddYears(200);

    [Fact]
    public async Task A_wait_ends_at_its_time_out_when_its_caller_cancels_it_and_when_the_application_stops()
    {
        await using var app = await EmbeddedApp.StartAsync();
        var id = await app.Tasks.ScheduleAsync("double", new { n = 1 }, new() { StartTimestamp = s_later });

        var late = await Assert.ThrowsAsync<TimeoutException>(() => app.Tasks.WaitAsync(id, TimeSpan.FromMilliseconds(300)));
        Assert.Contains("it was new", late.Message, StringComparison.Ordinal);
        using CancellationTokenSource caller = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => app.Tasks.WaitAsync(id, cancellationToken: caller.Token));

        var waiting = app.Tasks.WaitAsync(id);
        await app.StopAsync();
        Assert.Contains(
            "goes on", (await Assert.ThrowsAsync<TasksBusUnavailableException>(() => waiting)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_task_that_does_not_exist_is_neither_found_nor_canceled_nor_waited_for()
    {
        await using var app = await EmbeddedApp.StartAsync();
        var id = TaskId.New();

        Assert.Null(await app.Tasks.FindAsync(id));
        Assert.Equal(new CancelTaskResult(id.ToString(), false, null), await app.Tasks.CancelAsync(id));
        await Assert.ThrowsAsync<ResourceUnknownException>(() => app.Tasks.WaitAsync(id));
    }

    [Fact]
    public async Task A_key_makes_one_task_and_another_content_is_refused()
    {
        await using var app = await EmbeddedApp.StartAsync();
        ScheduleOptions options = new() { IdempotencyKey = "order 5", StartTimestamp = s_later };

        var id = await app.Tasks.ScheduleAsync("double", new { n = 1 }, options);
        Assert.Equal(id, await app.Tasks.ScheduleAsync("double", new { n = 1 }, options));

        var refused = await Assert.ThrowsAsync<TaskRefusedException>(() => app.Tasks.ScheduleAsync("double", new { n = 2 }, options));
        Assert.Equal(ErrorCode.ResourceAlreadyExists, refused.Code);
        Assert.True((await app.Tasks.CancelAsync(id)).Canceled);
        Assert.Equal(TaskStates.Canceled, (await app.Tasks.WaitAsync(id)).Status);
    }

    [Fact]
    public async Task Of_a_batch_with_a_wrong_task_none_is_stored()
    {
        await using var app = await EmbeddedApp.StartAsync();
        var first = app.Tasks.NewTask("double", new { n = 1 }, new() { IdempotencyKey = "first" });

        var refused = await Assert.ThrowsAsync<TaskRefusedException>(
            () => app.Tasks.ScheduleManyAsync([first, new() { FunctionName = "no name" }]));

        Assert.Contains("1", refused.Message, StringComparison.Ordinal);
        Assert.Null(await app.Tasks.FindAsync(TaskId.FromKey("first")));
    }
}
