using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>Sign-ins by a provider that end without a session, and what the visitor reads then.</summary>
public sealed class ProviderRefusalTests(ProviderServer server) : IClassFixture<ProviderServer>
{
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
            "a shared secret" => (ProviderServer.Operator, new(shared, SecurityAlgorithms.HmacSha256)),
            "another key of the same name" => (
                ProviderServer.Operator, new(new RsaSecurityKey(other) { KeyId = server.Issuer.Key.KeyId }, SecurityAlgorithms.RsaSha256)),
            "another audience" => (new { aud = "another" }, null),
            "another issuer" => (new { iss = "https://evil.example.org" }, null),
            "another nonce" => (new { nonce = "639000000000000000.b3RoZXI=" }, null),
            "no nonce" => (new { nonce = (string?)null }, null),
            "the code is refused" => (null, null),
            _ => (ProviderServer.Operator, null),
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
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == ProviderServer.Cookie);
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

    private static async Task FailsAsync(
        DashboardClient client, HttpResponseMessage answer, string note, string text, string page = "")
    {
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var address = answer.Headers.Location!.OriginalString;
        Assert.StartsWith($"/dashboard/sign-in?note={note}&return={Uri.EscapeDataString(page)}", address, StringComparison.Ordinal);
        Assert.DoesNotContain(client.Cookies, static cookie => cookie.Name == ProviderServer.Cookie);
        using var shown = await client.GetAsync(address);
        var html = await shown.Content.ReadAsStringAsync();
        Assert.Contains(text, html, StringComparison.Ordinal);
        Assert.Contains("Sign in with Example ID", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
    }
}
