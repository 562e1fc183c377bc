using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Tokens;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>When an issuer is asked for its keys, on a clock that the test moves.</summary>
public sealed class IssuerKeysTests : IDocumentRetriever
{
    private const string Issuer = "https://id.example.org/realms/main";

    private readonly FakeTimeProvider _clock = new();
    private readonly IssuerKeys _keys;
    private readonly string _modulus;
    private string _keyId = "first";
    private string _issuer = Issuer;
    private bool _isAway;
    private int _reads;

    public IssuerKeysTests()
    {
        using var rsa = RSA.Create(2048);
        _modulus = Base64UrlEncoder.Encode(rsa.ExportParameters(false).Modulus);
        _keys = new(new(Issuer), this, _clock, NullLogger<IssuerKeys>.Instance);
    }

    public Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        if (address.EndsWith("/keys", StringComparison.Ordinal))
        {
            return Task.FromResult($$"""{"keys":[{"kty":"RSA","use":"sig","kid":"{{_keyId}}","n":"{{_modulus}}","e":"AQAB"}]}""");
        }

        Assert.Equal($"{Issuer}/.well-known/openid-configuration", address);
        Interlocked.Increment(ref _reads);
        return _isAway
            ? throw new HttpRequestException("away")
            : Task.FromResult($$"""{"issuer":"{{_issuer}}","jwks_uri":"{{Issuer}}/keys"}""");
    }

    [Fact]
    public async Task Calls_at_once_ask_once_and_so_do_those_that_follow()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _keys.GetAsync("first", default)));
        await _keys.GetAsync("first", default);
        await _keys.GetAsync(null, default);

        Assert.Equal(1, _reads);
    }

    [Fact]
    public async Task Unknown_keys_ask_again_every_ten_seconds_at_most()
    {
        await _keys.GetAsync("first", default);
        for (var i = 0; i < 50; i++)
        {
            await _keys.GetAsync($"made up {i}", default);
        }

        Assert.Equal(1, _reads);
        _keyId = "second";
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("second", Assert.Single((await _keys.GetAsync("second", default)).SigningKeys).KeyId);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Known_keys_are_read_again_after_ten_minutes_without_keeping_anybody_waiting()
    {
        await _keys.GetAsync("first", default);
        _keyId = "second";
        _clock.Advance(TimeSpan.FromMinutes(10));

        await _keys.GetAsync("first", default);

        await Eventually.TrueAsync(
            async () => Assert.Single((await _keys.GetAsync(null, default)).SigningKeys).KeyId == "second", "the keys are read again");
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task In_an_outage_what_is_known_holds_however_long_it_takes()
    {
        await _keys.GetAsync("first", default);
        _isAway = true;
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromHours(1));
            Assert.Equal("first", Assert.Single((await _keys.GetAsync("another", default)).SigningKeys).KeyId);
        }

        Assert.Equal(4, _reads);
    }

    [Fact]
    public async Task Before_anything_is_known_an_outage_is_told_and_every_two_seconds_asked_again()
    {
        _isAway = true;
        await Assert.ThrowsAsync<IssuerUnavailableException>(() => _keys.GetAsync("first", default));
        _isAway = false;
        await Assert.ThrowsAsync<IssuerUnavailableException>(() => _keys.GetAsync("first", default));
        Assert.Equal(1, _reads);

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(Issuer, (await _keys.GetAsync("first", default)).Issuer);
    }

    [Fact]
    public async Task Who_calls_himself_otherwise_is_not_the_issuer()
    {
        _issuer = "https://evil.example.org";

        await Assert.ThrowsAsync<IssuerUnavailableException>(() => _keys.GetAsync("first", default));
    }

    [Theory]
    [InlineData("http://id.example.org/keys")]
    [InlineData("file:///etc/passwd")]
    [InlineData("keys")]
    public async Task Keys_are_not_read_from_where_others_could_change_them(string address)
    {
        using IssuerDocuments documents = new();

        await Assert.ThrowsAsync<InvalidDataException>(() => documents.GetDocumentAsync(address, default));
    }
}
