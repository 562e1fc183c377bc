using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Dashboard.Hosting;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>The dashboard of a server whose callers must be known.</summary>
public class ClosedDashboardTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    [Fact]
    public async Task A_stranger_is_led_to_the_sign_in_and_back_to_the_page()
    {
        using DashboardClient client = new(server);

        using var page = await client.GetAsync("/dashboard/tasks?status=failed");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
        var signIn = page.Headers.Location!.OriginalString;
        Assert.Equal("/dashboard/sign-in?return=%2Fdashboard%2Ftasks%3Fstatus%3Dfailed", signIn);

        using var answer = await client.SignInAsync(server.Tokens["all"], signIn);
        Assert.Equal((HttpStatusCode.Redirect, "/dashboard/tasks?status=failed"),
            (answer.StatusCode, answer.Headers.Location?.OriginalString));
        using var opened = await client.GetAsync("/dashboard/tasks?status=failed");
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/dashboardx")]
    [InlineData("/dashboard\\@evil.example")]
    [InlineData("/dashboard/../tasks/v1/functions")]
    [InlineData("/dashboard/%2e%2e//evil.example")]
    [InlineData("/dashboard/sign-in/provider?return=/dashboard")]
    [InlineData("/Dashboard/Sign-Out/provider")]
    [InlineData("")]
    public async Task A_sign_in_leads_nowhere_but_into_the_dashboard(string wanted)
    {
        using DashboardClient client = new(server);

        using var answer = await client.SignInAsync(server.Tokens["all"], $"/dashboard/sign-in?return={Uri.EscapeDataString(wanted)}");

        Assert.Equal("/dashboard", answer.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/dashboard", "/dashboard")]
    [InlineData(
        "/dashboard/tasks?rql=eq%28error.name%2CTypeError%29&tag=a%20b#x", "/dashboard/tasks?rql=eq%28error.name%2CTypeError%29&tag=a%20b")]
    [InlineData("/dashboard/functions/\nü", "/dashboard/functions/%0A%C3%BC")]
    public void A_sign_in_leads_to_every_page(string wanted, string path) => Assert.Equal(path, DashboardPaths.AfterSignIn(wanted));

    [Fact]
    public async Task The_cookie_does_not_hold_the_key_and_no_script_and_no_other_site_can_use_it()
    {
        using DashboardClient client = new(server);

        using var answer = await client.SignInAsync(server.Tokens["viewer"]);

        var header = answer.Headers.GetValues("Set-Cookie").Single(
            static each => each.StartsWith("tasksbus-dashboard=", StringComparison.Ordinal));
        Assert.Contains("; samesite=strict", header, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("; httponly", header, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("domain=", header, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(server.Tokens["viewer"], header, StringComparison.Ordinal);
        // The API does not take the cookie.
        using var api = await client.GetAsync("/tasks/v1/", "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Theory]
    [InlineData("nobody", "not known")]
    [InlineData("", "not known")]
    public async Task A_key_that_is_not_valid_is_refused_and_not_repeated(string key, string expected)
    {
        using DashboardClient client = new(server);

        using var answer = await client.SignInAsync(key);

        var text = await answer.Content.ReadAsStringAsync();
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"nobody\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == "tasksbus-dashboard");
    }

    [Fact]
    public async Task An_expired_key_is_refused()
    {
        using DashboardClient client = new(server);

        using var answer = await client.SignInAsync(server.Tokens["expired"]);

        Assert.Contains("has expired", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_the_server_did_not_send_signs_nobody_in()
    {
        using DashboardClient client = new(server);

        using var answer = await client.PostAsync("/dashboard/sign-in", ("_handler", "sign-in"), ("key", server.Tokens["all"]));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(client.Cookies);
    }

    [Fact]
    public async Task A_form_that_was_opened_before_somebody_signed_in_elsewhere_still_signs_in()
    {
        using DashboardClient client = new(server);
        var form = await client.FormAsync();
        using var first = await client.SignInAsync(server.Tokens["viewer"]);
        Assert.Equal(HttpStatusCode.Redirect, first.StatusCode);

        using var second = await client.SendAsync(form, server.Tokens["all"]);

        Assert.Equal(HttpStatusCode.Redirect, second.StatusCode);
    }

    /// <summary>The browser keeps the cookie back there, and sends it when the page asks again by itself.</summary>
    [Fact]
    public async Task A_link_of_another_site_is_asked_for_again_before_anybody_must_sign_in()
    {
        using DashboardClient client = new(server);

        using var linked = await client.GetAsync("/dashboard/tasks", site: "cross-site");
        using var again = await client.GetAsync("/dashboard/tasks", site: "same-origin");

        Assert.Equal(HttpStatusCode.OK, linked.StatusCode);
        Assert.Contains("http-equiv=\"refresh\"", await linked.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Fact]
    public async Task No_circuit_is_opened_for_a_stranger()
    {
        using DashboardClient client = new(server);

        using var answer = await client.GetAsync("/_blazor", origin: server.Url);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Signing_out_takes_the_cookie_back()
    {
        using DashboardClient client = new(server);
        using var signIn = await client.SignInAsync(server.Tokens["all"]);

        using var answer = await client.PostAsync("/dashboard/sign-out");

        Assert.Equal("/dashboard/sign-in", answer.Headers.Location?.OriginalString);
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == "tasksbus-dashboard");
        using var page = await client.GetAsync("/dashboard");
        Assert.Equal(HttpStatusCode.Redirect, page.StatusCode);
    }

    [Fact]
    public async Task Who_signed_in_by_a_stored_key_is_out_once_the_key_is_revoked_or_replaced()
    {
        var keys = server.Services.GetRequiredService<ApiKeyStore>();
        var first = ApiKey.New();
        await keys.AddAsync(new() { Name = "stored", Hash = ApiKey.HashOf(first), Permissions = "*" });
        using DashboardClient client = new(server);
        using var signIn = await client.SignInAsync(first);
        Assert.Equal(HttpStatusCode.Redirect, signIn.StatusCode);

        await keys.RemoveAsync("stored");
        await keys.AddAsync(new() { Name = "stored", Hash = ApiKey.HashOf(ApiKey.New()), Permissions = "*" });

        await Eventually.TrueAsync(
            async () =>
            {
                using var page = await client.GetAsync("/dashboard");
                return page.StatusCode == HttpStatusCode.Redirect;
            }, "the other key of the same name lets the visitor out");
    }
}
