using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Dashboard.Hosting;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>The dashboard of a server that lets in anyone on its machine.</summary>
[Collection(ApiServer.Collection)]
public class OpenDashboardTests(ApiServer server)
{
    [Theory]
    [InlineData("text/html,application/xhtml+xml,*/*;q=0.8", HttpStatusCode.Redirect)]
    [InlineData("application/json", HttpStatusCode.NotFound)]
    [InlineData("*/*", HttpStatusCode.NotFound)]
    public async Task A_browser_that_opens_the_servers_address_gets_the_dashboard(string accept, HttpStatusCode status)
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync("/", accept);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.Redirect ? "/dashboard" : null, answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/dashboard/tasks?status=failed")]
    [InlineData("/dashboard/tasks/507f1f77bcf86cd799439011")]
    [InlineData("/dashboard/new")]
    public async Task A_page_may_run_its_own_scripts_alone_and_be_shown_in_no_frame(string path)
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync(path);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal([PageHeaders.Policy], answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", PageHeaders.Policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", PageHeaders.Policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", PageHeaders.Policy, StringComparison.Ordinal);
        Assert.Equal(["DENY"], answer.Headers.GetValues("X-Frame-Options"));
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.Contains("_framework/blazor.web.js", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>A page that lacks a service would fail only when somebody opens it.</summary>
    [Fact]
    public async Task Every_page_and_part_gets_what_it_needs()
    {
        await using var container = DashboardServices.Of(server.Services).BuildServiceProvider();
        var known = container.GetRequiredService<IServiceProviderIsService>();

        var needed = typeof(DashboardServices).Assembly.GetTypes().Where(static type => type.IsAssignableTo(typeof(IComponent)))
            .SelectMany(static type => type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
            .Where(static property => property.IsDefined(typeof(InjectAttribute)))
            .Select(static property => (property.DeclaringType, property.PropertyType)).ToHashSet();

        Assert.True(needed.Count > 10, $"{needed.Count} are needed.");
        Assert.All(needed, each => Assert.True(known.IsService(each.PropertyType), $"{each.DeclaringType} needs {each.PropertyType}"));
    }

    [Fact]
    public async Task Nobody_needs_to_sign_in()
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync("/dashboard/sign-in?return=%2Fdashboard%2Ftasks");

        Assert.Equal((HttpStatusCode.Redirect, "/dashboard/tasks"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
    }

    [Theory]
    [InlineData("/dashboard", "http://evil.example")]
    [InlineData("/_blazor", "http://evil.example")]
    [InlineData("/_blazor", "null")]
    [InlineData("/_blazor/initializers", "https://127.0.0.1")]
    public async Task A_page_of_another_origin_is_refused(string path, string origin)
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync(path, origin: origin);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Theory]
    [InlineData("/dashboard")]
    [InlineData("/_blazor")]
    [InlineData("/_content/MudBlazor/MudBlazor.min.css")]
    public async Task A_host_name_that_is_not_the_servers_is_refused(string path)
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync(path, host: "evil.example");

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("/_blazor")]
    [InlineData("/_blazor/negotiate")]
    public async Task A_circuit_takes_WebSockets_only(string path)
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync(path, origin: server.Url);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("WebSockets only", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_typed_into_an_address_is_shown_escaped()
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync("/dashboard/functions/%3Cscript%3Ealert(1)%3C%2Fscript%3E");

        Assert.DoesNotContain("<script>alert", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
