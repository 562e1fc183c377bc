using System.Net;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class RerunTests(ApiServer server)
{
    [Fact]
    public async Task A_new_task_has_the_same_properties_and_starts_now()
    {
        var first = await server.CreateWaitingAsync(
            "rerun", ""","data":{"n":123456789012345678901234567890,"N":"\u0000"},"priority":-7,"tags":["a","b"]""");

        var again = await server.PostAsync($"/tasks/v1/{first}/rerun");

        Assert.Equal(HttpStatusCode.OK, again.Status);
        var (old, made) = ((await server.GetAsync($"/tasks/v1/{first}")).Json, again.Json);
        Assert.NotEqual(first, made.GetProperty("id").GetString());
        Assert.All(
            ["functionName", "data", "priority", "tags"],
            name => Assert.Equal(old.GetProperty(name).GetRawText(), made.GetProperty(name).GetRawText()));
        Assert.Equal("new", made.GetProperty("status").GetString());
        Assert.Equal(made.GetProperty("creationTimestamp").GetString(), made.GetProperty("startTimestamp").GetString());
        Assert.False(made.TryGetProperty("retryForTaskIds", out _));
    }

    [Fact]
    public async Task A_task_in_any_status_can_be_rerun_and_stays_as_it_is()
    {
        var canceled = await server.CreateWaitingAsync("rerun-canceled");
        await server.PostAsync($"/tasks/v1/{canceled}/cancel");
        var complete = (await server.RunAsync("rerun-complete", "complete")).GetProperty("id").GetString()!;

        foreach (var (id, status) in new[]
        {
            (await server.CreateWaitingAsync("rerun-new"), "new"), (canceled, "canceled"), (complete, "complete"),
        })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync($"/tasks/v1/{id}/rerun")).Status);
            Assert.Equal(status, (await server.GetAsync($"/tasks/v1/{id}")).Json.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task A_rerun_takes_an_idempotency_key()
    {
        var id = await server.CreateWaitingAsync("rerun-keyed");
        var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ =>
            server.SendAsync(new(HttpMethod.Post, $"/tasks/v1/{id}/rerun") { Headers = { { "Idempotency-Key", "rerun" } } })));

        Assert.Single(answers.Select(static answer => answer.Json.GetProperty("id").GetString()).Distinct());
    }

    [Fact]
    public async Task An_unknown_task_and_what_is_no_id_are_told_apart()
    {
        (await server.PostAsync("/tasks/v1/507f1f77bcf86cd799439011/rerun")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync("/tasks/v1/hello/rerun")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }
}
