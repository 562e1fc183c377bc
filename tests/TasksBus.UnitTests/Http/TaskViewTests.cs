using System.Net;
using System.Text.Json;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>No answer contains what its caller may not view, whatever else the caller may do.</summary>
public class TaskViewTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    private const string Secret = "another's own";

    [Fact]
    public async Task A_rerun_shows_nothing_of_the_task_to_who_may_not_view_it()
    {
        var id = await MakeAsync(
            "all",
            $$"""
            {"functionName":"viewed-rerun","data":{"secret":"{{Secret}}"},"tags":["{{Secret}}"],"priority":4711,
            "startTimestamp":"2999-01-01T00:00:00Z"}
            """);

        var answer = await server.SendAsAsync("creator", "POST", $"/tasks/v1/{id}/rerun");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(
            ["id", "status", "startTimestamp", "creationTimestamp", "createdByApplicationId"],
            answer.Json.EnumerateObject().Select(static property => property.Name));
        var made = (await server.SendAsAsync("viewer", "GET", $"/tasks/v1/{answer.Json.GetProperty("id").GetString()}")).Json;
        Assert.Equal(Secret, made.GetProperty("data").GetProperty("secret").GetString());
        Assert.Contains(Secret, (await server.SendAsAsync("all", "POST", $"/tasks/v1/{id}/rerun")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeat_under_a_key_answers_as_the_first_time_to_who_may_not_view_what_became_of_the_task()
    {
        var first = await KeyedAsync("creator");
        var id = first.GetProperty("id").GetString();
        await Eventually.TrueAsync(
            async () => (await server.SendAsAsync("viewer", "GET", $"/tasks/v1/{id}")).Json.GetProperty("status").GetString() == "failed",
            "the task has failed");

        Assert.Equal(first.GetRawText(), (await KeyedAsync("creator")).GetRawText());
        await KeyedAsync("all");
        await Eventually.TrueAsync(
            async () => (await KeyedAsync("all")).GetProperty("status").GetString() == "failed",
            "who may view tasks sees what became of it");
    }

    [Fact]
    public async Task A_task_that_cannot_be_canceled_tells_its_status_only_to_who_may_view_it()
    {
        var id = await MakeAsync("all", """{"functionName":"viewed-cancel","startTimestamp":"2999-01-01T00:00:00Z"}""");
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsAsync("canceler", "POST", $"/tasks/v1/{id}/cancel")).Status);

        Assert.Contains(
            "canceled;", (await server.SendAsAsync("all", "POST", $"/tasks/v1/{id}/cancel")).IsError(400, 27, "ILLEGAL_STATE_EXCEPTION"),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "The task is not new;",
            (await server.SendAsAsync("canceler", "POST", $"/tasks/v1/{id}/cancel")).IsError(400, 27, "ILLEGAL_STATE_EXCEPTION"),
            StringComparison.Ordinal);
        Assert.DoesNotContain(
            "canceled", (await server.SendAsAsync("log-reader", "GET", $"/tasks/v1/{id}/logs")).IsError(400, 27, "ILLEGAL_STATE_EXCEPTION"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void No_token_has_the_id_of_an_API_key()
    {
        var key = new ApiKey { Name = "billing", Hash = default, Permissions = [] }.Caller.ApplicationId!;

        Assert.Matches("^ffffff[0-9a-f]{18}$", key);
        foreach (var claimed in new[] { key, key.ToUpperInvariant() })
        {
            Assert.Matches("^[0-9a-f]{24}$", Caller.IdOf("application", claimed));
            Assert.NotEqual(key, Caller.IdOf("application", claimed));
        }

        Assert.Equal("507f1f77bcf86cd799439011", Caller.IdOf("application", "507F1F77BCF86CD799439011"));
    }

    private async Task<JsonElement> KeyedAsync(string name)
    {
        var request =
            new HttpRequestMessage(HttpMethod.Post, "/tasks/v1/") { Content = new StringContent("""{"functionName":"throws"}""") };
        request.Headers.Authorization = new("Bearer", server.Tokens[name]);
        request.Headers.Add("Idempotency-Key", "a repeat");
        return (await server.SendAsync(request)).Json;
    }

    private async Task<string> MakeAsync(string name, string body) =>
        (await server.SendAsAsync(name, "POST", "/tasks/v1/", body)).Json.GetProperty("id").GetString()!;
}
