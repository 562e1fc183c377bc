using System.Net;
using TasksBus.Service.Http.ApiFunctions;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>What an answer of a function may say to a browser, by its headers.</summary>
public class FunctionPageTests(FunctionPageTests.PagesServer server) : IClassFixture<FunctionPageTests.PagesServer>
{
    private const string Own = "functions.example.org";
    private const string Sandbox = "sandbox allow-scripts allow-forms";

    private const string Page =
        """
        {"statusCode":200,"body":"<h1>hello</h1>","headers":{"Content-Type":"text/html","X-Own":"1","set-cookie":"a=b",
        "Clear-Site-Data":"*","STRICT-TRANSPORT-SECURITY":"max-age=9","Service-Worker-Allowed":"/","Alt-Svc":"h2=\":9\"","NEL":"{}",
        "Report-To":"{}","Accept-CH":"DPR","Origin-Agent-Cluster":"?1","X-Content-Type-Options":"none",
        "Content-Security-Policy":"default-src 'self'"}}
        """;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public async Task Where_it_shares_a_host_it_is_in_a_sandbox_and_says_nothing_of_the_whole_host(string host)
    {
        var headers = await HeadersAsync("page", Page, host);

        Assert.Equal(("1", "text/html", "nosniff"), (headers["X-Own"], headers["Content-Type"], headers["X-Content-Type-Options"]));
        // Browsers obey all policies together.
        Assert.Equal($"default-src 'self'|{Sandbox}", headers["Content-Security-Policy"]);
        foreach (var name in new[]
        {
            "Set-Cookie", "Clear-Site-Data", "Strict-Transport-Security", "Service-Worker-Allowed", "Alt-Svc", "NEL", "Report-To",
            "Accept-CH", "Origin-Agent-Cluster",
        })
        {
            Assert.False(headers.ContainsKey(name), name);
        }
    }

    [Theory]
    [InlineData("""{"statusCode":204}""")]
    [InlineData("""{"statusCode":404,"headers":{"Content-Type":"image/svg+xml"},"body":"<svg/>"}""")]
    [InlineData("""{"statusCode":301,"headers":{"Location":"/elsewhere"}}""")]
    public async Task Every_answer_is_in_a_sandbox(string answer)
    {
        var headers = await HeadersAsync("any", answer, "127.0.0.1");

        Assert.Equal((Sandbox, "nosniff"), (headers["Content-Security-Policy"], headers["X-Content-Type-Options"]));
    }

    [Fact]
    public async Task On_a_host_of_functions_alone_all_passes()
    {
        var headers = await HeadersAsync("page", Page, Own);

        Assert.Equal(
            ("a=b", "*", "max-age=9", "/"),
            (headers["Set-Cookie"], headers["Clear-Site-Data"], headers["Strict-Transport-Security"], headers["Service-Worker-Allowed"]));
        Assert.Equal(("default-src 'self'", "nosniff"), (headers["Content-Security-Policy"], headers["X-Content-Type-Options"]));
    }

    [Theory]
    [InlineData("GET", "/tasks/v1/")]
    [InlineData("POST", "/tasks/v1/")]
    [InlineData("POST", "/tasks/v1/functions/page/execute")]
    [InlineData("GET", "/docs")]
    [InlineData("GET", "/nothing")]
    public async Task A_host_of_functions_serves_nothing_else(string method, string path)
    {
        foreach (var host in new[] { Own, Own.ToUpperInvariant(), $"{Own}:8080" })
        {
            var answer = await server.SendAsync(Request(method, path, host));
            answer.IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        }
    }

    [Fact]
    public async Task Scripts_of_service_workers_are_only_served_on_a_host_of_functions()
    {
        server.Fake.Answers["worker"] = """{"statusCode":200,"headers":{"Content-Type":"text/javascript"},"body":"1"}""";
        foreach (var (host, isServed) in new[] { ("127.0.0.1", false), (Own, true) })
        {
            var request = Request("GET", "/tasks/v1/api/worker", host);
            request.Headers.Add("Service-Worker", "script");
            Assert.Equal(isServed ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, (await server.SendAsync(request)).Status);
        }
    }

    [Theory]
    [InlineData("/docs")]
    [InlineData("/openapi.json")]
    [InlineData("/tasks/v1/")]
    [InlineData("/nothing")]
    [InlineData("/health/live")]
    [InlineData("/tasks/v1/?a(")]
    public async Task No_answer_is_taken_for_something_else_than_its_type_says(string path) =>
        Assert.Equal("nosniff", (await server.GetAsync(path)).Headers["X-Content-Type-Options"]);

    [Fact]
    public async Task A_host_name_that_is_refused_is_told_in_the_same_way()
    {
        var refused = await server.SendAsync(Request("GET", "/tasks/v1/", "elsewhere.example"));

        Assert.Equal((HttpStatusCode.BadRequest, "nosniff"), (refused.Status, refused.Headers["X-Content-Type-Options"]));
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("?", "?")]
    [InlineData("?token=abc&page=2", "?token=&page=")]
    [InlineData("?a[]=1&b.c=2&d-e=", "?a[]=&b.c=&d-e=")]
    [InlineData("?secret", "?")]
    [InlineData("?eq(token,secret)&x=1", "?x=")]
    [InlineData("?a=b=c&&=d", "?a=")]
    [InlineData("?bGV0IG1lIGluIHdpdGggYSBsb25nIHRva2VuIHBsZWFzZQ==", "?")]
    public void Of_a_query_string_the_names_are_recorded(string query, string shown)
    {
        Assert.Equal($"path{shown}", new RequestTarget("/path", query).Shown(keepsValues: false));
        Assert.Equal($"path{query}", new RequestTarget("/path", query).Shown(keepsValues: true));
    }

    private async Task<Dictionary<string, string>> HeadersAsync(string function, string answer, string host)
    {
        server.Fake.Answers[function] = answer;
        using HttpClientHandler handler = new() { UseCookies = false, AllowAutoRedirect = false };
        using HttpClient client = new(handler) { BaseAddress = new(server.Url) };
        using var response = await client.SendAsync(Request("GET", $"/tasks/v1/api/{function}", host));
        return response.Headers.Concat(response.Content.Headers)
            .ToDictionary(static header => header.Key, static header => string.Join('|', header.Value), StringComparer.OrdinalIgnoreCase);
    }

    private static HttpRequestMessage Request(string method, string path, string host) =>
        new(new(method), path) { Headers = { Host = host } };

    public sealed class PagesServer : ApiServer
    {
        protected override string[] Settings => [$"--TasksBus:FunctionsHost={Own}"];
    }
}
