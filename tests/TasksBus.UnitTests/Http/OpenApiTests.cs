using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public sealed partial class OpenApiTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    private static readonly JsonSerializerOptions s_readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_document_needs_no_key_and_its_copy_in_the_repository_is_as_it_is_now()
    {
        var document = await DocumentAsync();

        Assert.Equal((HttpStatusCode.OK, "application/json"), (document.Status, document.ContentType));
        Assert.StartsWith("3.1.", document.Json.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var here = JsonSerializer.Serialize(document.Json, s_readable);
        Snapshot.Matches("ops/docs/openapi.json", here.Replace(server.Url, "http://localhost:8080", StringComparison.Ordinal) + "\n");
    }

    [Fact]
    public async Task The_page_needs_no_key_and_its_policy_lets_it_load_nothing_from_elsewhere()
    {
        var page = await server.SendAsync("GET", "/docs", null);
        var next = await server.SendAsync("GET", "/docs", null);
        var script = await server.SendAsync("GET", "/docs/scalar.js", null);

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.ContentType));
        Assert.Equal(HttpStatusCode.OK, script.Status);
        Assert.DoesNotMatch("https?://", page.Text);
        var policy = page.Headers["Content-Security-Policy"].Split("; ");
        Assert.Contains("default-src 'none'", policy);
        Assert.Contains("connect-src 'self'", policy);
        var nonce = Nonce().Match(page.Headers["Content-Security-Policy"]).Groups[1].Value;
        Assert.NotEmpty(nonce);
        Assert.Equal(Script().Count(page.Text), Regex.Count(page.Text, Regex.Escape($"nonce=\"{nonce}\"")));
        Assert.NotEqual(nonce, Nonce().Match(next.Headers["Content-Security-Policy"]).Groups[1].Value);
    }

    [Fact]
    public async Task Every_route_is_described_but_those_of_the_description_itself_and_what_refuses_methods()
    {
        var document = await DocumentAsync();

        Assert.Equal(
            Routes().Select(static route => $"{route.Method} {route.Path}").Order(),
            Operations(document).Select(static each => $"{each.Method} {each.Path}").Order());
        Assert.Equal(
            ["/docs", "/docs/favicon.svg", "/docs/scalar.aspnetcore.js", "/docs/scalar.js", "/openapi.json", "/tasks/v1/api/{name}/{path}"],
            Endpoints().Where(static endpoint => !IsDescribed(endpoint)).Select(PathOf).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_has_a_summary_of_its_own_that_is_a_command()
    {
        var document = await DocumentAsync();

        var summaries = Operations(document).Select(static each => each.Operation.GetProperty("summary").GetString()!).ToList();

        Assert.Equal(summaries.Count, summaries.Distinct().Count());
        Assert.All(summaries, static summary => Assert.Matches(Command(), summary));
        Assert.All(summaries, static summary => Assert.NotEqual('.', summary[^1]));
    }

    [Fact]
    public async Task The_document_names_the_server_as_its_reader_does()
    {
        var document = await server.SendAsync("GET", "/openapi.json", null, host: "tasks.example:81");

        Assert.Equal("http://tasks.example:81", document.Json.GetProperty("servers")[0].GetProperty("url").GetString());
        Assert.Contains("curl -s 'http://tasks.example:81/health/live'", document.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("server.invalid", document.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_operation_tells_its_permission_and_the_errors_of_one()
    {
        var document = await DocumentAsync();

        var operations = Operations(document).ToDictionary(static each => (each.Method, each.Path), static each => each.Operation);

        foreach (var (method, path, endpoint) in Routes())
        {
            var operation = operations[(method, path)];
            var told = operation.GetProperty("security").EnumerateArray()
                .SelectMany(static needs => needs.EnumerateObject()).SelectMany(static scheme => scheme.Value.EnumerateArray());
            var metadata = endpoint.Metadata;
            var permission = metadata.GetMetadata<RequiredPermission>()?.Name ?? metadata.GetMetadata<RequiredFunctionPermission>()?.Name;
            Assert.Equal(permission is null ? [] : [permission], told.Select(static name => name.GetString()));
            Assert.Equal(told.Any(), operation.GetProperty("responses").TryGetProperty("401", out _));
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_component_is_used()
    {
        var document = await DocumentAsync();

        var references = Reference().Matches(document.Text).Select(static match => match.Groups[1].Value).ToHashSet();
        var components = document.Json.GetProperty("components").EnumerateObject()
            .Where(static section => section.Name != "securitySchemes")
            .SelectMany(static section => section.Value.EnumerateObject().Select(component => $"{section.Name}/{component.Name}"));
        Assert.Equal(components.Order(), references.Order());
    }

    [Fact]
    public async Task Errors_are_those_of_the_operation_each_with_an_example()
    {
        var document = await DocumentAsync();
        var shared = document.Json.GetProperty("components").GetProperty("responses");

        var operation = Operations(document).Single(static each => each.Path.EndsWith("/cancel", StringComparison.Ordinal)).Operation;
        var cancel = operation.GetProperty("responses");

        Assert.Equal([12, 27], Codes(cancel.GetProperty("400")));
        Assert.Equal("#/components/responses/Error401", cancel.GetProperty("401").GetProperty("$ref").GetString());
        Assert.Equal([10, 104, 117, 118], Codes(shared.GetProperty("Error401")));
        Assert.Equal([16], Codes(cancel.GetProperty("404")));
        var example = Body(cancel.GetProperty("400")).GetProperty("examples").GetProperty("ILLEGAL_STATE_EXCEPTION");
        Assert.Equal(27, example.GetProperty("value").GetProperty("code").GetInt32());
    }

    private Task<Answer> DocumentAsync() => server.SendAsync("GET", "/openapi.json", null);

    private static IEnumerable<(string Method, string Path, JsonElement Operation)> Operations(Answer document) =>
        from path in document.Json.GetProperty("paths").EnumerateObject()
        from operation in path.Value.EnumerateObject()
        select (operation.Name.ToUpperInvariant(), path.Name, operation.Value);

    /// <summary>The operations that the document should have. HEAD is answered like GET, and OPTIONS has nothing to describe.</summary>
    private IEnumerable<(string Method, string Path, RouteEndpoint Endpoint)> Routes() =>
        from endpoint in Endpoints()
        where IsDescribed(endpoint)
        from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]
        where method is not ("HEAD" or "OPTIONS")
        select (method, PathOf(endpoint), endpoint);

    private IEnumerable<RouteEndpoint> Endpoints() =>
        server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private static bool IsDescribed(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true };

    private static string PathOf(RouteEndpoint endpoint) =>
        "/" + endpoint.RoutePattern.RawText!.Replace("{**", "{", StringComparison.Ordinal).Trim('/');

    private static JsonElement Body(JsonElement response) => response.GetProperty("content").GetProperty("application/json");

    private static IEnumerable<int> Codes(JsonElement response)
    {
        var code = Body(response).GetProperty("schema").GetProperty("properties").GetProperty("code");
        return code.GetProperty("enum").EnumerateArray().Select(static each => each.GetInt32());
    }

    [GeneratedRegex("\"\\$ref\":\"#/components/([A-Za-z]+/[A-Za-z0-9]+)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("script-src 'nonce-([^']+)';")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script")]
    private static partial Regex Script();

    [GeneratedRegex(
        "^(Call|Cancel|Change|Check|Create|Delete|Disable|Enable|Execute|Get|List|Pause|Put|Raise|Read|Rerun|Resume|Run|Schedule|Stop) .+")]
    private static partial Regex Command();
}
