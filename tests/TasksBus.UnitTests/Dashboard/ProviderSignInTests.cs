using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>What comes of a sign-in by a provider. A test with a real provider and browser is in tests/end-to-end.</summary>
public sealed class ProviderSignInTests(ProviderServer server) : IClassFixture<ProviderServer>
{
    private SignInProvider Provider => server.Services.GetRequiredService<SignInProvider>();

    [Fact]
    public async Task The_browser_is_sent_with_a_challenge_and_comes_back_to_the_address_that_it_used()
    {
        using DashboardClient client = new(server);

        var asked = await ProviderServer.StartAsync(client, "/dashboard/tasks");

        Assert.Equal(("code", ProviderServer.ClientId, "openid profile", "S256"),
            (asked["response_type"], asked["client_id"], asked["scope"], asked["code_challenge_method"]));
        Assert.Equal($"{server.Url}{ProviderServer.Callback}", asked["redirect_uri"]);
        Assert.DoesNotContain("response_mode", asked.Keys);
        Assert.DoesNotContain(ProviderServer.Secret, string.Join(' ', asked.Values), StringComparison.Ordinal);
        Assert.Equal(2, client.Cookies.Count);
        Assert.All(client.Cookies, static cookie => Assert.Equal((true, ProviderServer.Callback), (cookie.HttpOnly, cookie.Path)));
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_https_the_address_and_the_cookies_are_those_of_https()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/dashboard/sign-in/provider");
        request.Headers.Host = "tasks.example.org";
        request.Headers.Add("X-Forwarded-Proto", "https");
        using SocketsHttpHandler connection = new() { AllowAutoRedirect = false, UseCookies = false };
        using HttpClient browser = new(connection) { BaseAddress = new(server.Url) };

        using var answer = await browser.SendAsync(request);

        Assert.Equal($"https://tasks.example.org{ProviderServer.Callback}",
            QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["redirect_uri"].ToString());
        var cookies = answer.Headers.GetValues("Set-Cookie").ToList();
        Assert.Equal(2, cookies.Count);
        Assert.All(cookies, static cookie => Assert.EndsWith("; secure; samesite=lax; httponly", cookie, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_comes_back_has_a_session_and_is_led_on_by_a_page_of_ours()
    {
        using DashboardClient client = new(server);

        using var answer = await server.SignInAsync(client, ProviderServer.Operator);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(
            "http-equiv=\"refresh\" content=\"0;url=/dashboard/tasks?status=failed\"", await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal);
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        var asked = server.Issuer.Asked!.ToDictionary(static field => field.Key, static field => field.Value.ToString());
        Assert.Equal((ProviderServer.ClientId, ProviderServer.Secret, "a-code-of-the-provider"),
            (asked["client_id"], asked["client_secret"], asked["code"]));
        Assert.Contains("code_verifier", asked.Keys);
        // The cookies of the way there are gone.
        var cookie = Assert.Single(client.Cookies);
        Assert.Equal((ProviderServer.Cookie, true), (cookie.Name, cookie.HttpOnly));
        Assert.Contains(answer.Headers.GetValues("Set-Cookie"), static each =>
            each.StartsWith(ProviderServer.Cookie, StringComparison.Ordinal)
                && each.EndsWith("; samesite=strict; httponly", StringComparison.Ordinal));
        using var page = await client.GetAsync("/dashboard/tasks");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        using var signIn = await client.GetAsync("/dashboard/sign-in?return=%2Fdashboard%2Fbulk");
        Assert.Equal("/dashboard/bulk", signIn.Headers.Location?.OriginalString);
        using var api = await client.GetAsync("/tasks/v1/", "application/json");
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/tasks/v1/")]
    public async Task Nobody_is_led_elsewhere(string page)
    {
        using DashboardClient client = new(server);

        using var answer = await server.SignInAsync(client, ProviderServer.Operator, page: page);

        Assert.Contains("content=\"0;url=/dashboard\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_do_nothing_is_let_in_to_be_told_so_and_the_log_says_why()
    {
        using DashboardClient client = new(server);

        using var answer = await server.SignInAsync(
            client, new { preferred_username = "bob", realm_access = new { roles = new[] { "Operators", "sales" } } });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains(
            "533 bob signed in by Example ID and may do nothing: the claim realm_access.roles has Operators, sales.", server.Logged,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_out_leads_to_one_at_the_provider()
    {
        using DashboardClient client = new(server);
        using var answer = await server.SignInAsync(client, ProviderServer.Operator);

        using var left = await client.PostAsync("/dashboard/sign-out");
        var note = left.Headers.Location!.OriginalString;
        using var page = await client.GetAsync(note);
        using var there = await client.GetAsync("/dashboard/sign-out/provider");

        Assert.Equal("/dashboard/sign-in?note=signed-out&return=%2Fdashboard", note);
        Assert.Contains("href=\"/dashboard/sign-out/provider\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(
            $"{server.Issuer.Url}/leave?client_id={ProviderServer.ClientId}&post_logout_redirect_uri="
                + Uri.EscapeDataString($"{server.Url}/dashboard/sign-in"),
            there.Headers.Location?.OriginalString);
        using var again = await client.GetAsync("/dashboard");
        Assert.Equal(HttpStatusCode.Redirect, again.StatusCode);
    }

    [Fact]
    public async Task No_entry_of_the_log_repeats_what_is_secret()
    {
        using DashboardClient client = new(server);
        using var good = await server.SignInAsync(client, ProviderServer.Operator);
        var token = server.Issuer.IdToken!;
        var cookie = client.Cookies.Single().Value;
        using var bad = await server.SignInAsync(client, new { aud = "another" });

        Assert.Contains("532 A sign-in by Example ID failed", server.Logged, StringComparison.Ordinal);
        Assert.All([ProviderServer.Secret, token, server.Issuer.IdToken!, cookie, "a-code-of-the-provider", "an-access-token"],
            secret => Assert.DoesNotContain(secret, server.Logged, StringComparison.Ordinal));
    }

    [Fact]
    public void A_caller_has_the_ids_that_a_token_of_the_same_user_and_client_has()
    {
        var person = Provider.Identify(
            JsonElement.Parse("""{"sub":"auth0|5f7c","email":"ann@example.org","realm_access":{"roles":["operators","x"]}}"""),
            userInfo: null);
        var caller = Provider.CallerOf(person)!;

        Assert.Equal("ann@example.org", caller.Name);
        Assert.Equal((Caller.IdOf("application", ProviderServer.ClientId), Caller.IdOf("user", "auth0|5f7c")),
            (caller.ApplicationId, caller.UserId));
        Assert.True(caller.May(Permissions.ViewTasks) && caller.May(Permissions.CancelTasks) && !caller.May(Permissions.CreateTasks));
        Assert.Equal(["operators"], Provider.Shorten(person).Values);
        Assert.Null(Provider.CallerOf(person with { Revision = "of other settings" }));
    }
}
