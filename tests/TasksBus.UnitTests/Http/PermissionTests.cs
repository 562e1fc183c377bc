using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Every permission on every route. The server itself lists the routes, so nothing here is maintained by hand.</summary>
public partial class PermissionTests(PermissionServer server) : IClassFixture<PermissionServer>
{
    [Fact]
    public void Every_route_says_whom_it_lets_in()
    {
        var endpoints = server.Services.GetRequiredService<EndpointDataSource>().Endpoints;

        Assert.NotEmpty(endpoints);
        Assert.All(endpoints, static endpoint =>
        {
            var of = endpoint.Metadata;
            object?[] all =
                [of.GetMetadata<RequiredPermission>(), of.GetMetadata<RequiredFunctionPermission>(), of.GetMetadata<IAllowAnonymous>()];
            Assert.True(
                all.Count(static said => said is not null) == 1,
                $"{endpoint} must say one of RequirePermission, RequireFunctionPermission and AllowAnonymous");
        });
    }

    [Fact]
    public async Task A_route_lets_in_who_has_its_permission_and_nobody_else()
    {
        var routes = Routes().ToList();
        Assert.True(routes.Count > 10, $"There are {routes.Count} routes.");
        foreach (var (method, path, needed) in routes)
        {
            foreach (var permission in Permissions.All)
            {
                var answer = await server.SendAsync(method, path, permission);
                if (permission == needed)
                {
                    Assert.False(
                        answer.Status == System.Net.HttpStatusCode.Unauthorized, $"{method} {path} refuses {permission}: {answer.Text}");
                    continue;
                }

                // An answer to HEAD has no body.
                Assert.True(
                    answer.Status == System.Net.HttpStatusCode.Unauthorized, $"{method} {path} lets in {permission}, and needs {needed}");
                Assert.Equal($"Bearer error=\"insufficient_scope\", scope=\"{needed}\"", answer.Headers["WWW-Authenticate"]);
                if (method != "HEAD")
                {
                    Assert.Contains(needed, answer.IsError(401, 10, "NO_PERMISSION_EXCEPTION"), StringComparison.Ordinal);
                }
            }
        }
    }

    [Fact]
    public void Every_permission_is_needed_somewhere() =>
        Assert.Equal(
            Permissions.All.Order(StringComparer.Ordinal),
            Routes().Select(static route => route.Permission).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_star_opens_every_route()
    {
        foreach (var (method, path, _) in Routes())
        {
            Assert.NotEqual(System.Net.HttpStatusCode.Unauthorized, (await server.SendAsync(method, path, Permissions.Everything)).Status);
        }
    }

    private IEnumerable<(string Method, string Path, string Permission)> Routes() =>
        from endpoint in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        let permission = endpoint.Metadata.GetMetadata<RequiredPermission>()?.Name
            ?? endpoint.Metadata.GetMetadata<RequiredFunctionPermission>()?.Name
        where permission is not null
        let path = "/" + Parameter().Replace(endpoint.RoutePattern.RawText!, "507f1f77bcf86cd799439011").TrimStart('/')
        from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
        select (method, path, permission);

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}

/// <summary>A server with a key for each permission, and one for all.</summary>
public sealed class PermissionServer : ApiServer
{
    private readonly Dictionary<string, string> _keys = Permissions.All.Append(Permissions.Everything)
        .ToDictionary(static name => name, static _ => ApiKey.New());

    protected override string[] Settings => [.. _keys.SelectMany(static (key, index) => new[]
    {
        $"--TasksBus:ApiKeys:{index}:Name=key{index}",
        $"--TasksBus:ApiKeys:{index}:Hash=sha256:{Convert.ToHexStringLower(ApiKey.HashOf(key.Value))}",
        $"--TasksBus:ApiKeys:{index}:Permissions={key.Key}",
    })];

    public Task<Answer> SendAsync(string method, string path, string permission)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new("Bearer", _keys[permission]);
        return SendAsync(request);
    }
}
