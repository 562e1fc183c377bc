using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Who may run a function is for the function to say.</summary>
public class FunctionAccessTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    private const string Answer = """{"statusCode":200,"body":"hello"}""";

    [Theory]
    [InlineData("POST", "/tasks/v1/functions/{0}/execute")]
    [InlineData("GET", "/tasks/v1/api/{0}/some/path")]
    public async Task A_mode_lets_in_whom_it_names(string method, string pathFormat)
    {
        foreach (var mode in new[] { "public", "allUsers", "permissionRequired" })
        {
            var (function, path) = ($"mode-{mode}", string.Format(null, pathFormat, $"mode-{mode}"));
            server.Fake.Answers[function] = Answer;
            await server.ManageAsync(function, row => row.PermissionMode = mode);

            var (nobody, stranger, unknown) = (await server.SendAsync(method, path, null), await server.SendAsAsync("viewer", method, path), await server.SendAsync(method, path, "Bearer webhook's own"));
            switch (mode)
            {
                case "public":
                    Assert.All([nobody, stranger, unknown], static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
                    break;
                case "allUsers":
                    nobody.IsError(401, 104, "USER_NOT_AUTHENTICATED_EXCEPTION");
                    unknown.IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
                    Assert.Equal(HttpStatusCode.OK, stranger.Status);
                    break;
                default:
                    nobody.IsError(401, 104, "USER_NOT_AUTHENTICATED_EXCEPTION");
                    stranger.IsError(401, 10, "NO_PERMISSION_EXCEPTION");
                    break;
            }

            (await server.SendAsAsync("expired", method, path)).IsError(401, 118, "ACCESS_TOKEN_EXPIRED_EXCEPTION");
        }
    }

    [Theory]
    [InlineData("POST", "/tasks/v1/functions/{0}/execute")]
    [InlineData("GET", "/tasks/v1/api/{0}")]
    public async Task A_permission_for_one_function_is_for_that_one_alone(string method, string pathFormat)
    {
        server.Fake.Answers["narrow"] = Answer;

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsAsync("narrow", method, string.Format(null, pathFormat, "narrow"))).Status);
        foreach (var other in new[] { "narrower", "Narrow", "narro", "narrow:1" })
        {
            (await server.SendAsAsync("narrow", method, string.Format(null, pathFormat, other))).IsError(401, 10, "NO_PERMISSION_EXCEPTION");
        }
    }

    [Fact]
    public async Task A_mode_that_is_changed_holds_for_the_next_request()
    {
        server.Fake.Answers["closing"] = Answer;
        for (var i = 0; i < 5; i++)
        {
            await server.ManageAsync("closing", static row => row.PermissionMode = "public");
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("GET", "/tasks/v1/api/closing", null)).Status);
            await server.ManageAsync("closing", static row => row.PermissionMode = "permissionRequired");
            (await server.SendAsync("GET", "/tasks/v1/api/closing", null)).IsError(401, 104, "USER_NOT_AUTHENTICATED_EXCEPTION");
        }
    }

    [Fact]
    public async Task A_function_learns_who_calls_from_the_server_alone_and_never_a_key()
    {
        server.Fake.Answers["asked"] = Answer;
        var request = new HttpRequestMessage(HttpMethod.Get, "/tasks/v1/api/asked");
        foreach (var (name, value) in new[]
        {
            ("Authorization", $"Bearer {server.Tokens["caller"]}"), ("X-Exh-Requesting-User-Id", "forged"), ("x-exh-requesting-application-id", "forged"), ("X-EXH-Requesting-Anything", "forged"),
        })
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(request)).Status);

        var payload = server.Fake.LastPayload("asked");
        Assert.DoesNotContain("forged", payload, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Tokens["caller"], payload, StringComparison.Ordinal);
        var headers = JsonElement.Parse(payload).GetProperty("headers");
        Assert.Matches("^[0-9a-f]{24}$", headers.GetProperty("x-exh-requesting-application-id").GetString());
        Assert.False(headers.TryGetProperty("x-exh-requesting-user-id", out _));
    }

    [Fact]
    public async Task A_public_function_gets_an_authorization_that_is_its_own()
    {
        server.Fake.Answers["hook"] = Answer;
        await server.ManageAsync("hook", static row => row.PermissionMode = "public");

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", "/tasks/v1/api/hook", "Basic aG9vazpob29r", "{}")).Status);

        var headers = JsonElement.Parse(server.Fake.LastPayload("hook")).GetProperty("headers");
        Assert.Equal("Basic aG9vazpob29r", headers.GetProperty("authorization").GetString());
        Assert.False(headers.TryGetProperty("x-exh-requesting-application-id", out _));
    }

    [Fact]
    public async Task A_task_that_is_executed_tells_which_application_asked()
    {
        var task = (await server.SendAsAsync("executor", "POST", "/tasks/v1/functions/greet/execute")).Json;
        var stored = (await server.SendAsAsync("viewer", "GET", $"/tasks/v1/{task.GetProperty("id").GetString()}")).Json;

        Assert.Matches("^[0-9a-f]{24}$", task.GetProperty("createdByApplicationId").GetString());
        Assert.Equal(task.GetProperty("createdByApplicationId").GetString(), stored.GetProperty("createdByApplicationId").GetString());
    }
}
