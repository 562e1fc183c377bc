using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace TasksBus.UnitTests.Http;

/// <summary>An OpenID Connect issuer on this machine: discovery, keys that rotate, outages, and what it answers for a code.</summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "https://tasks.example.org";

    private readonly WebApplication _app;
    private readonly List<RsaSecurityKey> _keys = [];
    private readonly List<ECDsaSecurityKey> _curves = [];

    private int _reads;

    private TestIssuer(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>While it is away it answers 503 to everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>What it answers for a code. Null refuses the code.</summary>
    public string? IdToken { get; set; }

    /// <summary>What it answers about the user.</summary>
    public object UserInfo { get; set; } = new { sub = "someone" };

    /// <summary>The last request for a token.</summary>
    public IFormCollection? Asked { get; private set; }

    /// <summary>How often the keys were asked for.</summary>
    public int Reads => _reads;

    /// <summary>The key that it signs with now.</summary>
    public RsaSecurityKey Key => _keys[^1];

    public ECDsaSecurityKey Curve => _curves[^1];

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var issuer = new TestIssuer(app);
        issuer.Rotate();
        app.Use((context, next) =>
        {
            context.Response.StatusCode = issuer.IsAway ? 503 : 200;
            return issuer.IsAway ? Task.CompletedTask : next(context);
        });
        app.MapGet("/.well-known/openid-configuration", () => Results.Json(new
        {
            issuer = issuer.Url,
            jwks_uri = $"{issuer.Url}/keys",
            authorization_endpoint = $"{issuer.Url}/authorize",
            token_endpoint = $"{issuer.Url}/token",
            userinfo_endpoint = $"{issuer.Url}/userinfo",
            end_session_endpoint = $"{issuer.Url}/leave",
        }));
        app.MapPost("/token", issuer.AnswerTokenAsync);
        app.MapGet("/userinfo", () => Results.Json(issuer.UserInfo));
        app.MapGet("/keys", issuer.AnswerKeys);
        await app.StartAsync();
        return issuer;
    }

    /// <summary>Signs with new keys from now on, and no longer names the old ones.</summary>
    public void Rotate()
    {
        _keys.Clear();
        _curves.Clear();
        _keys.Add(new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString() });
        _curves.Add(new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = Guid.NewGuid().ToString() });
    }

    /// <summary>A token that is good for five minutes, with other claims where they are given; null leaves one out.</summary>
    public string Token(object? claims = null, SigningCredentials? signing = null)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        Dictionary<string, object?> payload = new()
        {
            ["iss"] = Url,
            ["aud"] = Audience,
            ["sub"] = "someone",
            ["azp"] = "a-client",
            ["iat"] = now,
            ["exp"] = now + 300,
            ["permissions"] = new[] { "VIEW_TASKS", "CREATE_TASKS" },
        };
        foreach (var claim in JsonSerializer.SerializeToElement(claims ?? new { }).EnumerateObject())
        {
            payload[claim.Name] = claim.Value;
        }

        foreach (var name in payload.Where(static claim => claim.Value is null or JsonElement { ValueKind: JsonValueKind.Null })
            .Select(static claim => claim.Key).ToList())
        {
            payload.Remove(name);
        }

        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            JsonSerializer.Serialize(payload), signing ?? new(Key, SecurityAlgorithms.RsaSha256));
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task<IResult> AnswerTokenAsync(HttpRequest request)
    {
        Asked = await request.ReadFormAsync();
        return IdToken is null
            ? Results.Json(new { error = "invalid_grant", error_description = "The code is used" }, statusCode: 400)
            : Results.Json(new { id_token = IdToken, access_token = "an-access-token", token_type = "Bearer", expires_in = 60 });
    }

    private IResult AnswerKeys()
    {
        Interlocked.Increment(ref _reads);
        var rsa = Key.Rsa.ExportParameters(false);
        var curve = Curve.ECDsa.ExportParameters(false);
        return Results.Json(new
        {
            keys = new object[]
            {
                new
                {
                    kty = "RSA",
                    use = "sig",
                    kid = Key.KeyId,
                    n = Base64UrlEncoder.Encode(rsa.Modulus),
                    e = Base64UrlEncoder.Encode(rsa.Exponent),
                },
                new
                {
                    kty = "EC",
                    use = "sig",
                    crv = "P-256",
                    kid = Curve.KeyId,
                    x = Base64UrlEncoder.Encode(curve.Q.X),
                    y = Base64UrlEncoder.Encode(curve.Q.Y),
                },
            },
        });
    }
}
