using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>A server where as much waits to be stored as is allowed.</summary>
public sealed class FullIntakeTests(GoneCallerTests.SlowServer server) : IClassFixture<GoneCallerTests.SlowServer>
{
    [Fact]
    public async Task Who_comes_when_nothing_more_may_wait_is_told_at_once_when_to_come_back()
    {
        var id = await server.CreateWaitingAsync("waits");
        var room = server.Services.GetRequiredService<CommitLanes>().Room;
        Assert.True(room.TryEnter(IntakeRoom.MaxTasks, 0));
        try
        {
            foreach (var answer in new[]
            {
                await server.PostAsync("/tasks/v1/", """{"functionName":"waits"}"""),
                await server.PostAsync("/tasks/v1/batch", """{"tasks":[{"functionName":"waits"}]}"""),
                await server.PostAsync($"/tasks/v1/{id}/cancel"),
                await server.PostAsync($"/tasks/v1/{id}/rerun"),
            })
            {
                Assert.Contains("10,000", answer.IsError(503, 4, "SERVICE_UNREACHABLE_EXCEPTION"), StringComparison.Ordinal);
                Assert.Equal("2", answer.Headers["Retry-After"]);
            }

            Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/tasks/v1/{id}")).Status);
        }
        finally
        {
            room.Leave(IntakeRoom.MaxTasks, 0);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"/tasks/v1/{id}/cancel")).Status);
    }

    [Fact]
    public async Task Who_asks_for_a_list_when_as_many_are_read_as_may_be_is_told_so()
    {
        server.Reader.Listing = static () => throw new ListsFullException(4);
        var answer = await server.GetAsync("/tasks/v1/");
        server.Reader.Listing = static () => Task.CompletedTask;

        Assert.StartsWith("4 lists are being read", answer.IsError(503, 4, "SERVICE_UNREACHABLE_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal("2", answer.Headers["Retry-After"]);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/tasks/v1/")).Status);
    }

    [Fact]
    public async Task A_page_of_large_tasks_says_where_the_next_one_begins()
    {
        var data = $$"""{"text":"{{new string('x', 5_000_000)}}"}""";
        foreach (var _ in new int[2])
        {
            await server.CreateWaitingAsync("large", $",\"data\":{data}");
        }

        JsonElement Page(Answer answer) => answer.Json.GetProperty("page");
        var first = await server.GetAsync("/tasks/v1/?functionName=large&limit(10)");
        Assert.Equal(
            (1, 1, 2, 0),
            (first.Json.GetProperty("data").GetArrayLength(), Page(first).GetProperty("limit").GetInt32(),
                Page(first).GetProperty("total").GetInt32(), Page(first).GetProperty("offset").GetInt32()));
        var second = await server.GetAsync("/tasks/v1/?functionName=large&limit(10,1)");
        Assert.Equal((1, 10), (second.Json.GetProperty("data").GetArrayLength(), Page(second).GetProperty("limit").GetInt32()));
        var both = await server.GetAsync("/tasks/v1/?functionName=large&select(id,status)");
        Assert.Equal((2, 20), (both.Json.GetProperty("data").GetArrayLength(), Page(both).GetProperty("limit").GetInt32()));
        Assert.DoesNotContain("text", both.Text, StringComparison.Ordinal);
    }
}
