using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class FailedAttemptsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly FailedAttempts _failures;

    public FailedAttemptsTests() => _failures = new(_clock);

    [Fact]
    public void An_address_may_fail_twenty_times_at_once_and_then_every_three_seconds()
    {
        Exhaust("192.0.2.1");

        Assert.Equal(TimeSpan.FromSeconds(3), Add("192.0.2.1"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(2), Add("192.0.2.1"));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, Add("192.0.2.1"));
        Assert.Equal(TimeSpan.FromSeconds(3), Add("192.0.2.1"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Exhaust("192.0.2.1");
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void An_address_pays_for_itself_and_its_own_network_only(string one, string other, bool isSame)
    {
        Exhaust(one);

        Assert.Equal(isSame, Add(other) > TimeSpan.Zero);
    }

    [Fact]
    public void What_is_remembered_is_bounded_and_makes_room_when_it_is_paid_off()
    {
        for (var i = 0; i < 30_000; i++)
        {
            Add(new IPAddress([10, (byte)(i >> 16), (byte)(i >> 8), (byte)i]).ToString());
        }

        Assert.InRange(_failures.Count, 1, 10_001);
        _clock.Advance(FailedAttempts.AtOnce * FailedAttempts.Every);
        Assert.Equal(TimeSpan.Zero, Add("192.0.2.1"));
        Assert.Equal(1, _failures.Count);
    }

    private void Exhaust(string address)
    {
        for (var i = 0; i < FailedAttempts.AtOnce; i++)
        {
            Assert.Equal(TimeSpan.Zero, Add(address));
        }
    }

    private TimeSpan Add(string address) => _failures.Add(IPAddress.Parse(address));
}

/// <summary>A server behind a proxy on this machine, which pages of one other origin may call.</summary>
public sealed class ProxiedServer : JwtServer
{
    protected override string[] More => ["--TasksBus:TrustedProxies=127.0.0.1", "--TasksBus:Cors:Origins:0=https://app.example.org"];
}

public sealed class FailedAttemptsOverHttpTests(JwtServer direct, ProxiedServer proxied)
    : IClassFixture<JwtServer>, IClassFixture<ProxiedServer>
{
    [Fact]
    public async Task Whoever_fails_too_often_is_told_to_wait_and_a_good_token_from_there_is_let_in_all_the_same()
    {
        var (tries, answer) = await UntilRefusedAsync(direct, null);

        Assert.True(tries > FailedAttempts.AtOnce);
        answer.IsError(429, 213, "TOO_MANY_FAILED_ATTEMPTS_EXCEPTION");
        Assert.InRange(int.Parse(answer.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 3);
        Assert.Equal(HttpStatusCode.OK, (await direct.SendAsync(direct.Issuer.Token())).Status);

        // There is no proxy here, so the header is only a claim of the caller.
        Assert.InRange((await UntilRefusedAsync(direct, "198.51.100.1")).Tries, 1, FailedAttempts.AtOnce);
    }

    [Fact]
    public async Task Behind_a_trusted_proxy_each_client_is_counted_for_itself()
    {
        Assert.True((await UntilRefusedAsync(proxied, "198.51.100.1")).Tries > FailedAttempts.AtOnce);
        // What the client itself claims comes first in the header.
        Assert.InRange((await UntilRefusedAsync(proxied, "203.0.113.5, 198.51.100.1")).Tries, 1, FailedAttempts.AtOnce);
        Assert.Equal(HttpStatusCode.Unauthorized, (await FailAsync(proxied, "198.51.100.2")).Status);
    }

    /// <summary>Fails until that is refused. On a slow machine the passing time allows one more try now and then.</summary>
    private static async Task<(int Tries, Answer Refusal)> UntilRefusedAsync(JwtServer server, string? client)
    {
        for (var tries = 1; ; tries++)
        {
            var answer = await FailAsync(server, client);
            if (answer.Status == HttpStatusCode.TooManyRequests)
            {
                return (tries, answer);
            }

            answer.IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
            Assert.True(tries < 10 * FailedAttempts.AtOnce, "Nothing is refused.");
        }
    }

    private static Task<Answer> FailAsync(JwtServer server, string? client)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/tasks/v1/");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer guessed");
        if (client is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", client);
        }

        return server.SendAsync(request);
    }
}

public sealed class CrossOriginTests(ProxiedServer server, JwtServer closed) : IClassFixture<ProxiedServer>, IClassFixture<JwtServer>
{
    private const string App = "https://app.example.org";

    [Fact]
    public async Task Pages_of_a_named_origin_may_ask_and_read_answers_and_errors()
    {
        var preflight = await SendAsync(server, HttpMethod.Options, App, token: null, preflight: true);
        Assert.Equal(HttpStatusCode.NoContent, preflight.Status);
        Assert.Equal(
            (App, "authorization"), (preflight.Headers["Access-Control-Allow-Origin"], preflight.Headers["Access-Control-Allow-Headers"]));

        var answer = await SendAsync(server, HttpMethod.Get, App, server.Issuer.Token());
        Assert.Equal((HttpStatusCode.OK, App), (answer.Status, answer.Headers["Access-Control-Allow-Origin"]));
        Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Credentials"));

        var refused = await SendAsync(server, HttpMethod.Get, App, token: null);
        refused.IsError(401, 104, "USER_NOT_AUTHENTICATED_EXCEPTION");
        Assert.Equal(App, refused.Headers["Access-Control-Allow-Origin"]);
    }

    [Fact]
    public async Task Other_pages_may_not_and_where_nothing_is_set_none_may()
    {
        foreach (var (asked, origin) in new (JwtServer, string)[] { (server, "https://evil.example.org"), (closed, App) })
        {
            var answer = await SendAsync(asked, HttpMethod.Get, origin, asked.Issuer.Token());
            answer.IsError(401, 10, "NO_PERMISSION_EXCEPTION");
            Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Origin"));
            Assert.False((await SendAsync(asked, HttpMethod.Options, origin, token: null, preflight: true)).Headers.ContainsKey(
                "Access-Control-Allow-Origin"));
        }
    }

    private static Task<Answer> SendAsync(JwtServer server, HttpMethod method, string origin, string? token, bool preflight = false)
    {
        var request = new HttpRequestMessage(method, "/tasks/v1/");
        request.Headers.Add("Origin", origin);
        request.Headers.Authorization = token is null ? null : new("Bearer", token);
        if (preflight)
        {
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "authorization");
        }

        return server.SendAsync(request);
    }
}
