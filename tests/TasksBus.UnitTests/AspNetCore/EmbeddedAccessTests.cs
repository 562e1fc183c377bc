using System.Net.Http.Headers;
using System.Security.Claims;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.AspNetCore;
using TasksBus.Contracts;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.AspNetCore;

/// <summary>Who may call the API of an application: whom the application admits, or who has a key, or who is on this machine.</summary>
public sealed class EmbeddedAccessTests
{
    private const string Everywhere = "http://0.0.0.0:0";
    private const string Key = "tbk_of-the-test";

    private static readonly (string, string)[] s_key =
    [
        ("TasksBus:ApiKeys:0:Name", "test"), ("TasksBus:ApiKeys:0:Permissions", "VIEW_TASKS"),
        ("TasksBus:ApiKeys:0:Hash", ApiKey.HashPrefix + Convert.ToHexStringLower(ApiKey.HashOf(Key))),
    ];

    [Fact]
    public async Task An_application_that_listens_beyond_this_machine_without_authentication_does_not_start()
    {
        var refused = await Assert.ThrowsAsync<StartException>(() => EmbeddedApp.StartAsync(url: Everywhere));

        Assert.Contains("RequireAuthorization", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_lets_in_everybody_has_not_decided()
    {
        await Assert.ThrowsAsync<StartException>(() => EmbeddedApp.StartAsync(
            services: AddUsers, url: Everywhere,
            use: static app => app.MapTasksBus("/jobs").RequireAuthorization().AllowAnonymous()));
        await using var app = await EmbeddedApp.StartAsync(
            services: AddUsers, use: static app => app.MapTasksBus("/jobs").RequireAuthorization().AllowAnonymous());

        Assert.Equal(
            400, (await app.SendAsync("/jobs/tasks/v1/", change: static request => request.Headers.Host = "evil.example.org")).Status);
    }

    [Fact]
    public async Task Without_the_api_it_may_listen_where_it_likes()
    {
        await using var app = await EmbeddedApp.StartAsync(use: static app => app.MapGet("/", static () => "open"), url: Everywhere);

        Assert.Equal("open", (await app.SendAsync("/")).Body.GetString());
    }

    [Fact]
    public async Task Keys_of_its_settings_decide_as_in_a_server()
    {
        await using var app = await EmbeddedApp.StartAsync(settings: s_key, url: Everywhere);

        Assert.Equal(401, (await app.SendAsync("/jobs/tasks/v1/")).Status);
        Assert.Equal(200, (await app.SendAsync("/jobs/tasks/v1/", change: WithKey)).Status);
        var (status, body) = await app.SendAsync("/jobs/tasks/v1/", new { functionName = "double" }, WithKey);
        Assert.Equal((401, "The caller 'test' lacks the permission CREATE_TASKS."), (status, body.GetProperty("message").GetString()));
        Assert.Equal(200, (await app.SendAsync("/jobs/health/ready")).Status);

        static void WithKey(HttpRequestMessage request) => request.Headers.Authorization = new("Bearer", Key);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_application_decides_where_it_requires_authorization(bool isGroup)
    {
        await using var app = await EmbeddedApp.StartAsync(
            services: AddUsers, url: Everywhere,
            use: app => _ = isGroup ? app.MapGroup("").RequireAuthorization().MapTasksBus("/jobs")
                : app.MapTasksBus("/jobs").RequireAuthorization());

        Assert.Equal(401, (await app.SendAsync("/jobs/tasks/v1/")).Status);
        Assert.Equal(401, (await app.SendAsync("/jobs/health/live")).Status);
        var (status, task) = await app.SendAsync("/jobs/tasks/v1/", new { functionName = "double", data = new { n = 1 } }, As("ann"));
        Assert.Equal(200, status);
        Assert.Equal(Caller.IdOf("user", "ann"), task.GetProperty("createdByUserId").GetString());
        Assert.Equal(200, (await app.SendAsync("/jobs/tasks/v1/", change: request =>
        {
            As("ann")(request);
            request.Headers.Host = "shop.example.org";
        })).Status);
    }

    [Fact]
    public async Task The_application_says_what_each_of_its_users_may_do()
    {
        using TempFolder folder = new();
        await using var app = await EmbeddedApp.StartAsync(
            tasks =>
            {
                tasks.DataPath = folder.Path;
                tasks.Permissions = static user => user.Identity!.Name == "ann" ? ["*"] : ["VIEW_TASKS"];
                tasks.AddFunction("double", static (_, _) => Task.CompletedTask);
            },
            services: AddUsers, use: static app => app.MapTasksBus("/jobs").RequireAuthorization());

        Assert.Equal(200, (await app.SendAsync("/jobs/tasks/v1/", new { functionName = "double" }, As("ann"))).Status);
        Assert.Equal(200, (await app.SendAsync("/jobs/tasks/v1/", change: As("bob"))).Status);
        var (status, body) = await app.SendAsync("/jobs/tasks/v1/", new { functionName = "double" }, As("bob"));
        Assert.Equal((401, ErrorCode.NoPermission.Code), (status, body.GetProperty("code").GetInt32()));
        Assert.Equal("The caller 'bob' lacks the permission CREATE_TASKS.", body.GetProperty("message").GetString());
    }

    [Fact]
    public async Task An_open_api_answers_to_the_names_of_this_machine_and_to_no_page_of_another_site()
    {
        // New projects have this setting, which is about the application itself.
        await using var app = await EmbeddedApp.StartAsync(settings: [("AllowedHosts", "*")]);

        var (status, body) = await app.SendAsync("/jobs/tasks/v1/", change: static request => request.Headers.Host = "evil.example.org");
        Assert.Equal((400, ErrorCode.FieldFormat.Code), (status, body.GetProperty("code").GetInt32()));
        AssertNoPermission(await app.SendAsync(
            "/jobs/tasks/v1/", new { functionName = "double" },
            static request => request.Headers.Add("Origin", "https://evil.example.org")));
    }

    [Fact]
    public async Task A_page_of_another_site_may_not_use_the_users_cookie()
    {
        await using var app = await EmbeddedApp.StartAsync(
            services: AddUsers, use: static app => app.MapTasksBus("/jobs").RequireAuthorization());

        AssertNoPermission(await app.SendAsync(
            "/jobs/tasks/v1/", new { functionName = "double" },
            static request =>
            {
                As("ann")(request);
                request.Headers.Add("Origin", "https://evil.example.org");
            }));
    }

    private static void AssertNoPermission((int Status, JsonElement Body) answer)
    {
        Assert.Equal(ErrorCode.NoPermission.Code, answer.Body.GetProperty("code").GetInt32());
        Assert.StartsWith("Pages of this origin", answer.Body.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static Action<HttpRequestMessage> As(string user) =>
        request => request.Headers.Authorization = new AuthenticationHeaderValue("User", user);

    private static void AddUsers(IServiceCollection services)
    {
        services.AddAuthentication("User").AddScheme<AuthenticationSchemeOptions, UserHandler>("User", null);
        services.AddAuthorization();
    }

    /// <summary>The application's own way to know its users.</summary>
    private sealed class UserHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logging)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logging, UrlEncoder.Default)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(
                AuthenticationHeaderValue.TryParse(Request.Headers.Authorization, out var header)
                    && header is { Scheme: "User", Parameter: { } name }
                    ? AuthenticateResult.Success(new(new ClaimsPrincipal(new ClaimsIdentity([new(ClaimTypes.Name, name)], "User")), "User"))
                    : AuthenticateResult.NoResult());
    }
}
