using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>What comes of a sign-in by a provider. A test with a real provider and browser is in tests/end-to-end.</summary>
public sealed class ProviderSignInTests(ProviderServer server) : IClassFixture<ProviderServer>
{
    private const string Cookie = "tasksbus-dashboard";

    private static readonly object s_operator = new { preferred_username = "ann", realm_access = new { roles = new[] { "operators" } } };

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
        using HttpClient browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new(server.Url) };

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

        using var answer = await server.SignInAsync(client, s_operator);

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
        Assert.Equal((Cookie, true), (cookie.Name, cookie.HttpOnly));
        Assert.Contains(answer.Headers.GetValues("Set-Cookie"), static each =>
            each.StartsWith(Cookie, StringComparison.Ordinal) && each.EndsWith("; samesite=strict; httponly", StringComparison.Ordinal));
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

        using var answer = await server.SignInAsync(client, s_operator, page: page);

        Assert.Contains("content=\"0;url=/dashboard\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no signature")]
    [InlineData("a shared secret")]
    [InlineData("another key of the same name")]
    [InlineData("another audience")]
    [InlineData("another issuer")]
    [InlineData("another nonce")]
    [InlineData("no nonce")]
    [InlineData("the code is refused")]
    public async Task An_ID_token_that_is_not_the_providers_own_for_this_sign_in_is_refused(string what)
    {
        using DashboardClient client = new(server);
        using var other = RSA.Create(2048);
        SymmetricSecurityKey shared = new(Encoding.UTF8.GetBytes(ProviderServer.Secret.PadRight(64, 'x')));
        (object? Claims, SigningCredentials? Signing) token = what switch
        {
            "a shared secret" => (s_operator, new(shared, SecurityAlgorithms.HmacSha256)),
            "another key of the same name" => (
                s_operator, new(new RsaSecurityKey(other) { KeyId = server.Issuer.Key.KeyId }, SecurityAlgorithms.RsaSha256)),
            "another audience" => (new { aud = "another" }, null),
            "another issuer" => (new { iss = "https://evil.example.org" }, null),
            "another nonce" => (new { nonce = "639000000000000000.b3RoZXI=" }, null),
            "no nonce" => (new { nonce = (string?)null }, null),
            "the code is refused" => (null, null),
            _ => (s_operator, null),
        };

        using var answer = await server.SignInAsync(client, token.Claims, token.Signing, isSigned: what != "no signature");

        await FailsAsync(client, answer, "failed", "The sign-in by Example ID failed.");
    }

    [Theory]
    [InlineData(-3600, "clock")]
    [InlineData(-30, null)]
    public async Task Clocks_may_differ_by_a_minute(int end, string? note)
    {
        using DashboardClient client = new(server);
        var exp = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + end;

        using var answer = await server.SignInAsync(client, new { exp });

        if (note is null)
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
        else
        {
            await FailsAsync(client, answer, note, "The clocks of Example ID and of this server differ too much.");
        }
    }

    [Theory]
    [InlineData("used twice")]
    [InlineData("another browser")]
    [InlineData("a changed state")]
    [InlineData("no state")]
    [InlineData("tokens in the address")]
    public async Task A_way_back_counts_once_and_only_in_the_browser_that_went(string what)
    {
        using DashboardClient client = new(server);
        using DashboardClient stranger = new(server);
        var state = Uri.EscapeDataString((await ProviderServer.StartAsync(client))["state"]);
        var path = what switch
        {
            "a changed state" => $"{ProviderServer.Callback}?code=c&state={state[..^4]}AAAA",
            "no state" => $"{ProviderServer.Callback}?code=c",
            "tokens in the address" => $"{ProviderServer.Callback}?id_token=a.b.c&state={state}",
            _ => $"{ProviderServer.Callback}?error=access_denied&state={state}",
        };
        if (what == "used twice")
        {
            using var first = await client.GetAsync(path);
            Assert.Contains("note=denied", first.Headers.Location?.OriginalString, StringComparison.Ordinal);
        }

        var visitor = what == "another browser" ? stranger : client;
        using var answer = await visitor.GetAsync(path);

        await FailsAsync(visitor, answer, "stale", "Begin again.");
    }

    [Theory]
    [InlineData("access_denied", "denied", "Example ID did not let you in.")]
    [InlineData("temporarily_unavailable", "away", "Example ID cannot be reached now.")]
    [InlineData("unauthorized_client", "failed", "The sign-in by Example ID failed.")]
    public async Task What_the_provider_refuses_is_explained_and_the_next_try_leads_to_the_page(string error, string note, string text)
    {
        using DashboardClient client = new(server);
        var state = Uri.EscapeDataString((await ProviderServer.StartAsync(client, "/dashboard/bulk"))["state"]);

        using var answer = await client.GetAsync(
            $"{ProviderServer.Callback}?error={error}&error_description=%3Cb%3Eno%3C%2Fb%3E&state={state}");

        await FailsAsync(client, answer, note, text, "/dashboard/bulk");
    }

    [Fact]
    public async Task A_page_of_another_site_cannot_post_an_answer()
    {
        using DashboardClient client = new(server);

        using var answer = await client.PostAsync(ProviderServer.Callback, ("code", "c"), ("state", "s"));

        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == Cookie);
    }

    [Fact]
    public async Task Claims_that_the_ID_token_lacks_are_asked_for()
    {
        using DashboardClient client = new(server);
        server.Issuer.UserInfo = new { sub = "someone", email = "ann@example.org", realm_access = new { roles = new[] { "VIEW_TASKS" } } };
        using var answer = await server.SignInAsync(client, new { });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        server.Issuer.UserInfo = new { sub = "another", realm_access = new { roles = new[] { "*" } } };
        using DashboardClient other = new(server);
        using var refused = await server.SignInAsync(other, new { });

        await FailsAsync(other, refused, "failed", "The sign-in by Example ID failed.");
        server.Issuer.UserInfo = new { sub = "someone" };
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
        using var answer = await server.SignInAsync(client, s_operator);

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
        using var good = await server.SignInAsync(client, s_operator);
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

    private static async Task FailsAsync(
        DashboardClient client, HttpResponseMessage answer, string note, string text, string page = "")
    {
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var address = answer.Headers.Location!.OriginalString;
        Assert.StartsWith($"/dashboard/sign-in?note={note}&return={Uri.EscapeDataString(page)}", address, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == Cookie);
        using var shown = await client.GetAsync(address);
        var html = await shown.Content.ReadAsStringAsync();
        Assert.Contains(text, html, StringComparison.Ordinal);
        Assert.Contains("Sign in with Example ID", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
    }
}

/// <summary>Each test needs a provider of its own.</summary>
public sealed class ProviderOutageTests : IAsyncLifetime, IDisposable
{
    private readonly ProviderServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task A_provider_that_is_away_is_no_fault_of_the_server_and_is_asked_again()
    {
        using DashboardClient client = new(_server);
        _server.Issuer.IsAway = true;

        using var answer = await client.GetAsync("/dashboard/sign-in/provider?return=%2Fdashboard%2Fbulk");
        using var page = await client.GetAsync("/dashboard/sign-in?note=signed-out");

        Assert.Equal("/dashboard/sign-in?note=away&return=%2Fdashboard%2Fbulk", answer.Headers.Location?.OriginalString);
        Assert.Contains("532 A sign-in by Example ID failed: the provider cannot be used now", _server.Logged, StringComparison.Ordinal);
        Assert.DoesNotContain("sign-out/provider", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        _server.Issuer.IsAway = false;
        await Eventually.TrueAsync(
            async () =>
            {
                using var again = await client.GetAsync("/dashboard/sign-in/provider");
                return again.Headers.Location!.OriginalString.StartsWith(_server.Issuer.Url, StringComparison.Ordinal);
            }, "the provider is asked again");
    }

    [Fact]
    public async Task The_first_token_of_a_new_key_signs_in_at_once()
    {
        using DashboardClient client = new(_server);
        _ = await ProviderServer.StartAsync(client);
        _server.Issuer.Rotate();

        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await _server.SignInAsync(client, new { });
                return answer.StatusCode == HttpStatusCode.OK;
            }, "new keys are asked for, at most every ten seconds");
    }
}
