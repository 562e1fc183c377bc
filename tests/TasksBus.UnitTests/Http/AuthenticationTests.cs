using System.Net;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class AuthenticationTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    private const string Task = """{"functionName":"guarded","startTimestamp":"2999-01-01T00:00:00Z"}""";
    private const string Unknown = "507f1f77bcf86cd799439011";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic YWxsOmFsbA==")]
    [InlineData("OAuth oauth_consumer_key=\"a\"")]
    public async Task Without_a_bearer_token_nobody_gets_in(string? authorization)
    {
        foreach (var (method, path) in new[]
        {
            ("GET", "/tasks/v1/"), ("GET", "/tasks/v1"), ("POST", "/tasks/v1/"), ("POST", "/tasks/v1/batch"),
            ("GET", $"/tasks/v1/{Unknown}"),
            ("POST", $"/tasks/v1/{Unknown}/cancel"), ("GET", $"/tasks/v1/{Unknown}/logs"), ("PUT", "/tasks/v1/"),
            ("GET", "/tasks/v1/a/b/c"), ("GET", "/"), ("GET", "/TASKS/v1/"),
        })
        {
            var answer = await server.SendAsync(method, path, authorization);
            answer.IsError(401, 104, "USER_NOT_AUTHENTICATED_EXCEPTION");
            Assert.Equal("Bearer", answer.Headers["WWW-Authenticate"]);
        }
    }

    [Fact]
    public async Task An_unknown_token_is_told_from_an_expired_one_and_neither_is_repeated()
    {
        var all = server.Tokens["all"];
        foreach (var token in new[]
        {
            "nobody", ApiKey.New(), all[..^1], all + "x", $"{all},Bearer {all}", all.ToUpperInvariant(),
            Convert.ToHexStringLower(ApiKey.HashOf(all)), new string('k', 10_000),
        })
        {
            var message = (await server.SendAsync("GET", "/tasks/v1/", $"Bearer {token}"))
                .IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
            Assert.DoesNotContain(token, message, StringComparison.Ordinal);
        }

        var expired = (await server.SendAsAsync("expired", "GET", "/tasks/v1/")).IsError(401, 118, "ACCESS_TOKEN_EXPIRED_EXCEPTION");
        Assert.DoesNotContain(server.Tokens["expired"], expired, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer {0}")]
    [InlineData("bearer {0}")]
    [InlineData("BEARER   {0} ")]
    public async Task The_scheme_is_read_in_any_case(string form)
    {
        var authorization = string.Format(null, form, server.Tokens["all"]);

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/tasks/v1/", authorization)).Status);
    }

    [Fact]
    public async Task A_task_tells_which_application_made_it_and_a_body_cannot_claim_another()
    {
        var body = Task;
        var claim = $$"""{{Task[..^1]}},"createdByApplicationId":"{{Unknown}}","createdByUserId":"{{Unknown}}"}""";
        (await server.SendAsAsync("creator", "POST", "/tasks/v1/", claim)).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");
        var one = (await server.SendAsAsync("creator", "POST", "/tasks/v1/", body)).Json;
        var batch = (await server.SendAsAsync("creator", "POST", "/tasks/v1/batch", $$"""{"tasks":[{{body}},{{body}}]}""")).Json;
        var other = (await server.SendAsAsync("all", "POST", "/tasks/v1/", body)).Json;

        var creator = one.GetProperty("createdByApplicationId").GetString();
        Assert.Equal(new ApiKey { Name = "creator", Hash = default, Permissions = [] }.Caller.ApplicationId, creator);
        Assert.Matches("^[0-9a-f]{24}$", creator);
        Assert.All(
            batch.GetProperty("data").EnumerateArray(),
            task => Assert.Equal(creator, task.GetProperty("createdByApplicationId").GetString()));
        Assert.NotEqual(creator, other.GetProperty("createdByApplicationId").GetString());
        Assert.False(one.TryGetProperty("createdByUserId", out _));
        var stored = await server.SendAsAsync("viewer", "GET", $"/tasks/v1/{one.GetProperty("id").GetString()}");
        Assert.Equal(creator, stored.Json.GetProperty("createdByApplicationId").GetString());
    }

    [Fact]
    public async Task An_unknown_path_is_told_to_those_who_got_in() =>
        (await server.SendAsAsync("creator", "DELETE", "/tasks/v2/")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");

    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task Probes_need_no_key_and_learn_nothing_else(string path, string text) =>
        Assert.Equal(
            (HttpStatusCode.OK, text), await server.SendAsync("GET", path, null) is var answer ? (answer.Status, answer.Text) : default);

    [Fact]
    public async Task With_keys_the_server_answers_to_any_host_name_but_not_to_pages_of_another_origin()
    {
        var authorization = $"Bearer {server.Tokens["all"]}";

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/tasks/v1/", authorization, host: "tasks.example.org")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(
            "GET", "/tasks/v1/", authorization, host: "tasks.example.org", origin: "http://tasks.example.org")).Status);
        (await server.SendAsync("GET", "/tasks/v1/", authorization, origin: "http://evil.example.org"))
            .IsError(401, 10, "NO_PERMISSION_EXCEPTION");
    }
}
