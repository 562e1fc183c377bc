using Microsoft.AspNetCore.Http;
using TasksBus.Contracts;
using TasksBus.Tests;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Clients;

/// <summary>How long a caller waits for the end of a task.</summary>
[Collection(ApiServer.Collection)]
public sealed class WaitTests(ApiServer server)
{
    private static readonly DateTimeOffset s_later = new(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_wait_goes_on_beyond_the_time_for_which_other_calls_are_tried_again()
    {
        var requests = 0;
        await using var busy = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = ++requests < 3 ? 503 : 200;
            return context.Response.WriteAsync(requests < 3 ? "" : $$"""{"id":"{{TaskId.New()}}","status":"complete"}""");
        });
        await using var client = TestClient.Of(busy.Url, static options => options.RetryFor = TimeSpan.Zero);

        Assert.Equal(TaskStates.Complete, (await client.Calls.WaitAsync(TaskId.New()).EndsAsync()).Status);
        Assert.Equal(3, requests);
    }

    [Fact]
    public async Task Without_a_server_a_wait_ends_at_its_time_out()
    {
        await using var client = TestClient.Of("http://127.0.0.1:1", static options => options.RetryFor = TimeSpan.Zero);

        await Assert.ThrowsAsync<TimeoutException>(() => client.Calls.WaitAsync(TaskId.New(), TimeSpan.FromSeconds(0.5)).EndsAsync());
    }

    [Fact]
    public async Task Zero_asks_whether_the_task_has_ended_and_long_or_infinite_times_wait()
    {
        await using var client = TestClient.Of(server.Url);
        var id = await client.Calls.ScheduleAsync("client-limits", new { }, new() { StartTimestamp = s_later });

        var late = await Assert.ThrowsAsync<TimeoutException>(() => client.Calls.WaitAsync(id, TimeSpan.Zero));
        await Assert.ThrowsAsync<ResourceUnknownException>(() => client.Calls.WaitAsync(TaskId.New(), TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => client.Calls.WaitAsync(id, TimeSpan.FromSeconds(-1)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(
            () => client.Calls.ScheduleAndWaitAsync("client-negative", new { }, TimeSpan.FromSeconds(-1)));
        Task<TaskSnapshot>[] waits =
        [
            client.Calls.WaitAsync(id, TimeSpan.FromDays(60)), client.Calls.WaitAsync(id, TimeSpan.MaxValue),
            client.Calls.WaitAsync(id, Timeout.InfiniteTimeSpan),
        ];
        await client.Calls.CancelAsync(id);

        Assert.Contains("it was new", late.Message, StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(waits).EndsAsync(), static task => Assert.Equal(TaskStates.Canceled, task.Status));
        Assert.Equal(TaskStates.Canceled, (await client.Calls.WaitAsync(id, TimeSpan.Zero)).Status);
        Assert.Equal(0, (await client.Calls.ListAsync("eq(functionName,client-negative)")).Total);
    }
}
