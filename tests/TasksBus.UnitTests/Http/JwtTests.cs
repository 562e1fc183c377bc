using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Which tokens let a caller in. Some tokens are refused here, but fewer than an address may send at once.</summary>
public sealed class JwtTests(JwtServer server) : IClassFixture<JwtServer>
{
    private const string Task = """{"functionName":"jwt","startTimestamp":"2999-01-01T00:00:00Z"}""";

    private long Now { get; } = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();

    [Fact]
    public async Task A_token_of_the_issuer_lets_in_and_its_permissions_hold()
    {
        var token = server.Issuer.Token();

        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(token)).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(token, "POST", body: Task)).Status);
        var refused = await server.SendAsync(token, "POST", "/tasks/v1/507f1f77bcf86cd799439011/cancel");
        Assert.Contains("CANCEL_TASKS", refused.IsError(401, 10, "NO_PERMISSION_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal("Bearer error=\"insufficient_scope\", scope=\"CANCEL_TASKS\"", refused.Headers["WWW-Authenticate"]);
    }

    [Fact]
    public async Task A_token_signed_on_an_elliptic_curve_or_with_pss_lets_in_too()
    {
        foreach (var signing in new SigningCredentials[]
        {
            new(server.Issuer.Curve, SecurityAlgorithms.EcdsaSha256), new(server.Issuer.Key, SecurityAlgorithms.RsaSsaPssSha384),
        })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(server.Issuer.Token(signing: signing))).Status);
        }
    }

    [Theory]
    [InlineData("""{"permissions":"VIEW_TASKS CREATE_TASKS"}""", true)]
    [InlineData("""{"permissions":["OTHER","VIEW_TASKS",5,null]}""", true)]
    [InlineData("""{"permissions":"*"}""", true)]
    [InlineData("""{"permissions":"VIEW_TASKSX view_tasks"}""", false)]
    [InlineData("""{"permissions":"VIEW_TASKS,CREATE_TASKS"}""", false)]
    [InlineData("""{"permissions":{"VIEW_TASKS":true}}""", false)]
    [InlineData("""{"permissions":[]}""", false)]
    [InlineData("""{"permissions":null,"scope":"VIEW_TASKS"}""", false)]
    public async Task Permissions_are_a_text_with_spaces_or_an_array(string claims, bool isAllowed)
    {
        var answer = await server.SendAsync(server.Issuer.Token(JsonElement.Parse(claims)));

        if (isAllowed)
        {
            Assert.Equal(HttpStatusCode.OK, answer.Status);
        }
        else
        {
            answer.IsError(401, 10, "NO_PERMISSION_EXCEPTION");
        }
    }

    [Fact]
    public async Task A_task_tells_which_user_and_application_made_it_in_ids_of_the_APIs_form()
    {
        var made = (await server.SendAsync(
            server.Issuer.Token(new { sub = "auth0|5f7c", azp = "507F1F77BCF86CD799439011" }), "POST", body: Task)).Json;
        var batch = (await server.SendAsync(
            server.Issuer.Token(new { azp = (string?)null, client_id = "507f1f77bcf86cd799439012" }), "POST", "/tasks/v1/batch",
            $$"""{"tasks":[{{Task}}]}""")).Json;
        var ofNobody =
            (await server.SendAsync(server.Issuer.Token(new { sub = (string?)null, azp = (string?)null }), "POST", body: Task)).Json;

        // printf 'tasksbus user auth0|5f7c' | sha256sum | cut -c1-24
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("tasksbus user auth0|5f7c")))[..24],
            made.GetProperty("createdByUserId").GetString());
        Assert.Equal("507f1f77bcf86cd799439011", made.GetProperty("createdByApplicationId").GetString());
        Assert.Equal("507f1f77bcf86cd799439012", batch.GetProperty("data")[0].GetProperty("createdByApplicationId").GetString());
        Assert.False(ofNobody.TryGetProperty("createdByUserId", out _) || ofNobody.TryGetProperty("createdByApplicationId", out _));
        var stored = (await server.SendAsync(server.Issuer.Token(), path: $"/tasks/v1/{made.GetProperty("id").GetString()}")).Json;
        Assert.Equal(made.GetProperty("createdByUserId").GetString(), stored.GetProperty("createdByUserId").GetString());
    }

    [Fact]
    public async Task An_expired_token_is_told_from_one_that_never_was_good()
    {
        // This is within the clock skew.
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync(server.Issuer.Token(new { exp = Now - 5 }))).Status);
        var expired = server.Issuer.Token(new { exp = Now - 60 });
        var answer = await server.SendAsync(expired);
        Assert.DoesNotContain(expired, answer.IsError(401, 118, "ACCESS_TOKEN_EXPIRED_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers["WWW-Authenticate"]);

        using var other = RSA.Create(2048);
        var forged = server.Issuer.Token(
            new { exp = Now - 60 }, new(new RsaSecurityKey(other) { KeyId = server.Issuer.Key.KeyId }, SecurityAlgorithms.RsaSha256));
        (await server.SendAsync(forged)).IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
    }

    [Theory]
    [InlineData("another issuer")]
    [InlineData("another audience")]
    [InlineData("no audience")]
    [InlineData("no expiry")]
    [InlineData("not yet")]
    [InlineData("a changed claim")]
    [InlineData("no signature")]
    [InlineData("the public key as a secret")]
    [InlineData("another key of the same name")]
    [InlineData("no JSON")]
    public async Task A_token_that_is_not_for_this_server_or_not_of_this_issuer_is_unknown(string what)
    {
        var (issuer, good) = (server.Issuer, server.Issuer.Token());
        var parts = good.Split('.');
        var changed = Base64UrlEncoder.Decode(parts[1]).Replace("VIEW_TASKS", "*", StringComparison.Ordinal);
        using var other = RSA.Create(2048);
        var token = what switch
        {
            "another issuer" => issuer.Token(new { iss = "https://evil.example.org" }),
            "another audience" => issuer.Token(new { aud = "https://other.example.org" }),
            "no audience" => issuer.Token(new { aud = (string?)null }),
            "no expiry" => issuer.Token(new { exp = (long?)null }),
            "not yet" => issuer.Token(new { nbf = Now + 120 }),
            "a changed claim" => $"{parts[0]}.{Base64UrlEncoder.Encode(changed)}.{parts[2]}",
            "no signature" => $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{parts[1]}.",
            "the public key as a secret" => issuer.Token(signing: new(
                new SymmetricSecurityKey(issuer.Key.Rsa.ExportSubjectPublicKeyInfo()) { KeyId = issuer.Key.KeyId },
                SecurityAlgorithms.HmacSha256)),
            "another key of the same name" => issuer.Token(
                signing: new(new RsaSecurityKey(other) { KeyId = issuer.Key.KeyId }, SecurityAlgorithms.RsaSha256)),
            _ => "e30.e30.e30",
        };

        var answer = await server.SendAsync(token);

        Assert.DoesNotContain(token, answer.IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION"), StringComparison.Ordinal);
        Assert.Equal("Bearer error=\"invalid_token\"", answer.Headers["WWW-Authenticate"]);
    }
}

public sealed class NestedClaimTests(NestedClaimsServer server) : IClassFixture<NestedClaimsServer>
{
    [Fact]
    public async Task Claims_are_found_by_their_name_with_dots_or_by_the_path()
    {
        Dictionary<string, object?> claims = new()
        {
            ["permissions"] = null,
            ["realm_access"] = new { roles = new[] { "offline_access", "CREATE_TASKS" } },
            ["user"] = new { id = "507f1f77bcf86cd799439011" },
            ["https://example.org/app"] = "507f1f77bcf86cd799439012",
        };
        var made = await server.SendAsync(
            server.Issuer.Token(claims), "POST", body: """{"functionName":"jwt","startTimestamp":"2999-01-01T00:00:00Z"}""");

        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal("507f1f77bcf86cd799439011", made.Json.GetProperty("createdByUserId").GetString());
        Assert.Equal("507f1f77bcf86cd799439012", made.Json.GetProperty("createdByApplicationId").GetString());
        (await server.SendAsync(server.Issuer.Token(claims))).IsError(401, 10, "NO_PERMISSION_EXCEPTION");
    }

    [Theory]
    [InlineData("task readers", true)]
    [InlineData("Task Readers", false)]
    [InlineData("task", false)]
    public async Task A_role_allows_what_the_settings_say_of_it(string role, bool isAllowed)
    {
        var answer = await server.SendAsync(server.Issuer.Token(new { realm_access = new { roles = new[] { role, "offline_access" } } }));

        Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.Status);
    }
}

/// <summary>Each test needs an issuer of its own.</summary>
public sealed class IssuerTests : IAsyncLifetime, IDisposable
{
    private readonly JwtServer _server = new();

    public Task InitializeAsync() => _server.InitializeAsync();

    public Task DisposeAsync() => _server.DisposeAsync();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task The_first_token_of_a_new_key_lets_in_at_once_and_the_old_key_ends_with_it()
    {
        var old = _server.Issuer.Token();
        _server.Issuer.Rotate(); // before the server asked for keys at all
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(_server.Issuer.Token())).Status);

        (await _server.SendAsync(old)).IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
        Assert.Equal(1, _server.Issuer.Reads); // an unknown key asks again after ten seconds only
    }

    [Fact]
    public async Task While_the_issuer_is_away_known_keys_hold()
    {
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(_server.Issuer.Token())).Status);
        _server.Issuer.IsAway = true;

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(_server.Issuer.Token(new { sub = "another" }))).Status);
    }

    [Fact]
    public async Task An_issuer_that_was_never_reached_is_an_outage_and_no_fault_of_the_token()
    {
        _server.Issuer.IsAway = true;
        (await _server.SendAsync(_server.Issuer.Token())).IsError(503, 4, "SERVICE_UNREACHABLE_EXCEPTION");
        (await _server.SendAsync("no.jwt.!")).IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");
        (await _server.SendAsync(_server.Issuer.Token(new { iss = "https://another.example.org" })))
            .IsError(401, 117, "ACCESS_TOKEN_UNKNOWN_EXCEPTION");

        _server.Issuer.IsAway = false;
        await Eventually.TrueAsync(
            async () => (await _server.SendAsync(_server.Issuer.Token())).Status == HttpStatusCode.OK, "the issuer is asked again");
    }
}
