using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Server.Http.Authentication;
using TasksBus.Server.OpenApi;
using Xunit;

namespace TasksBus.UnitTests.Http;

public sealed partial class OpenApiTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    [Fact]
    public async Task The_document_and_its_page_need_no_key_and_load_nothing_from_elsewhere()
    {
        var document = await server.SendAsync("GET", "/openapi.json", null);
        var page = await server.SendAsync("GET", "/docs", null);

        Assert.Equal((HttpStatusCode.OK, "application/json"), (document.Status, document.ContentType));
        Assert.StartsWith("3.1.", document.Json.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.ContentType));
        Assert.DoesNotMatch("https?://", page.Text);
    }

    [Fact]
    public void What_is_said_of_operations_is_said_of_each_endpoint_and_of_no_other()
    {
        var parts = new OpenApiParts();
        var endpoints = OpenApiDocument.Described(server.Services.GetRequiredService<EndpointDataSource>().Endpoints)
            .Select(found => parts.KeyOf(found.Method, found.Path) ?? $"{found.Method} {found.Path}").Distinct();

        Assert.Equal(endpoints.Order(), parts.Operations.Select(static operation => operation.Key).Order());
    }

    [Fact]
    public async Task Each_operation_tells_its_permission_and_the_errors_of_one()
    {
        var paths = (await server.SendAsync("GET", "/openapi.json", null)).Json.GetProperty("paths");

        foreach (var (method, path, endpoint) in OpenApiDocument.Described(server.Services.GetRequiredService<EndpointDataSource>().Endpoints))
        {
            var operation = paths.GetProperty(path).GetProperty(method.ToLowerInvariant());
            var told = operation.GetProperty("security").EnumerateArray().SelectMany(static needs => needs.EnumerateObject()).SelectMany(static scheme => scheme.Value.EnumerateArray());
            var permission = endpoint.Metadata.GetMetadata<RequiredPermission>()?.Name ?? endpoint.Metadata.GetMetadata<RequiredFunctionPermission>()?.Name;
            Assert.Equal(permission is null ? [] : [permission], told.Select(static name => name.GetString()));
            Assert.Equal(told.Any(), operation.GetProperty("responses").TryGetProperty("401", out _));
        }
    }

    [Fact]
    public async Task Every_reference_leads_somewhere_and_every_schema_is_used()
    {
        var document = await server.SendAsync("GET", "/openapi.json", null);

        var references = Reference().Matches(document.Text).Select(static match => match.Groups[1].Value).ToHashSet();
        var components = document.Json.GetProperty("components").EnumerateObject().Where(static section => section.Name != "securitySchemes")
            .SelectMany(static section => section.Value.EnumerateObject().Select(component => $"{section.Name}/{component.Name}"));
        Assert.Equal(components.Order(), references.Order());
    }

    [Fact]
    public async Task Errors_are_those_of_the_operation_each_with_an_example()
    {
        var paths = (await server.SendAsync("GET", "/openapi.json", null)).Json.GetProperty("paths");

        var cancel = paths.GetProperty("/tasks/v1/{taskId}/cancel").GetProperty("post").GetProperty("responses");

        Assert.Equal([12, 27], Codes(cancel.GetProperty("400")));
        Assert.Equal([10, 104, 117, 118], Codes(cancel.GetProperty("401")));
        Assert.Equal([16], Codes(cancel.GetProperty("404")));
        Assert.Equal(27, cancel.GetProperty("400").GetProperty("content").GetProperty("application/json").GetProperty("examples").GetProperty("ILLEGAL_STATE_EXCEPTION").GetProperty("value").GetProperty("code").GetInt32());
    }

    private static IEnumerable<int> Codes(JsonElement response) =>
        response.GetProperty("content").GetProperty("application/json").GetProperty("schema").GetProperty("properties").GetProperty("code").GetProperty("enum").EnumerateArray().Select(static code => code.GetInt32());

    [GeneratedRegex("\"\\$ref\":\"#/components/([A-Za-z]+/[A-Za-z]+)\"")]
    private static partial Regex Reference();
}
