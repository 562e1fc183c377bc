using System.Net;
using System.Text.Json;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Each function says who may run it.</summary>
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

            var (nobody, stranger, unknown) = (
                await server.SendAsync(method, path, null), await server.SendAsAsync("viewer", method, path),
                await server.SendAsync(method, path, "Bearer webhook's own"));
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
            (await server.SendAsAsync("narrow", method, string.Format(null, pathFormat, other)))
                .IsError(401, 10, "NO_PERMISSION_EXCEPTION");
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
            ("Authorization", $"Bearer {server.Tokens["caller"]}"), ("X-Exh-Requesting-User-Id", "forged"),
            ("x-exh-requesting-application-id", "forged"), ("X-EXH-Requesting-Anything", "forged"),
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

    /// <summary>Accounts, roles and addresses are shown only to those who may view what is stored.</summary>
    [Theory]
    [InlineData("refused", "secret-role", true)]
    [InlineData("absent", "http://", true)]
    [InlineData("lost", "may have run", false)]
    [InlineData("broken", "123456789012", false)]
    public async Task What_Lambda_says_is_told_to_those_only_who_may_view_it(string function, string secret, bool isInvocation)
    {
        foreach (var (method, path, permission) in new[]
        {
            ("POST", $"/tasks/v1/functions/{function}/execute", "VIEW_TASKS"),
            ("GET", $"/tasks/v1/api/{function}", "VIEW_API_FUNCTION_REQUESTS"),
        })
        {
            await server.ManageAsync(function, static row => row.PermissionMode = "public");

            foreach (var answer in new[]
            {
                await server.SendAsync(method, path, null), await server.SendAsync(method, path, "Bearer webhook's own"),
                await server.SendAsAsync("creator", method, path),
            })
            {
                Assert.Equal(
                    (HttpStatusCode.BadRequest, isInvocation ? 1405 : 1406), (answer.Status, answer.Json.GetProperty("code").GetInt32()));
                Assert.DoesNotContain(secret, answer.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("127.0.0.1", answer.Text, StringComparison.Ordinal);
                Assert.Contains(permission, answer.Json.GetProperty("message").GetString()!, StringComparison.Ordinal);
            }

            Assert.Contains(secret, (await server.SendAsAsync("all", method, path)).Text, StringComparison.Ordinal);
        }

        var task = (await server.SendAsync("POST", $"/tasks/v1/functions/{function}/execute", null)).Json.GetProperty("taskId").GetString();
        Assert.Contains(secret, (await server.SendAsAsync("viewer", "GET", $"/tasks/v1/{task}")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/tasks/v1/functions/throws/execute")]
    [InlineData("GET", "/tasks/v1/api/throws")]
    public async Task What_a_function_says_itself_is_for_its_callers(string method, string path)
    {
        await server.ManageAsync("throws", static row => row.PermissionMode = "public");

        Assert.Equal(
            """{"name":"TypeError","message":"x is undefined"}""",
            (await server.SendAsync(method, path, null)).Json.GetProperty("runtimeError").GetRawText());
    }

    /// <summary>Here it says that a setting is missing; elsewhere it would say whose credentials may not do what.</summary>
    [Fact]
    public async Task What_is_wrong_with_this_server_in_Lambda_is_told_to_those_only_who_may_view_functions()
    {
        var told = (await MakeAsync("maker")).IsError(500, 1, "SERVER_EXCEPTION");
        Assert.DoesNotContain("ExecutionRole", told, StringComparison.Ordinal);
        Assert.Contains("operator", told, StringComparison.Ordinal);
        Assert.Contains("ExecutionRole", (await MakeAsync("all")).IsError(500, 1, "SERVER_EXCEPTION"), StringComparison.Ordinal);

        Task<Answer> MakeAsync(string caller) => server.SendAsAsync(caller, "POST", "/tasks/v1/functions",
            $$"""{"name":"made-by-{{caller}}","runtime":"nodejs22.x","entryPoint":"index.handler","code":"{{Zips.Base64()}}"}""");
    }

    [Fact]
    public async Task A_form_in_a_page_of_a_public_function_reaches_it()
    {
        server.Fake.Answers["form"] = Answer;
        await server.ManageAsync("form", static row => row.PermissionMode = "public");

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", "/tasks/v1/api/form", null, "a=1", origin: "null")).Status);
        (await server.SendAsync("POST", "/tasks/v1/api/form", null, "a=1", origin: "http://elsewhere.example"))
            .IsError(401, 10, "NO_PERMISSION_EXCEPTION");
        (await server.SendAsync("POST", "/tasks/v1/", null, "{}", origin: "null")).IsError(401, 10, "NO_PERMISSION_EXCEPTION");
    }
}
