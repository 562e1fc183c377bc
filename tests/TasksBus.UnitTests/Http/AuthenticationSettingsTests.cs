using System.Net;
using Microsoft.Extensions.Configuration;
using TasksBus.Server.Hosting;
using TasksBus.Server.Http;
using TasksBus.Server.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class AuthenticationSettingsTests
{
    private const string Issuer = "Jwt:Issuer=https://id.example.org";
    private const string Audience = "Jwt:Audience=tasks";

    [Fact]
    public void An_issuer_and_an_audience_are_enough()
    {
        var settings = AuthenticationSettings.Read(Settings(Issuer, Audience));

        Assert.True(settings.IsRequired);
        Assert.Equal(("permissions", TimeSpan.FromMinutes(1)), (settings.Jwt!.PermissionsClaim, settings.Jwt.ClockSkew));
        Assert.Equal(["tasks"], settings.Jwt.Audiences);
        Assert.Equal(["sub"], settings.Jwt.UserIdClaims);
        Assert.Equal(["azp", "client_id"], settings.Jwt.ApplicationIdClaims);
    }

    [Theory]
    [InlineData("https://id.example.org/")]
    [InlineData("http://localhost:8081/realms/main")]
    [InlineData("http://127.0.0.1:8081")]
    [InlineData("http://[::1]:8081")]
    public void Issuers_are_reached_over_https_or_on_this_machine(string issuer) =>
        Assert.Equal(new(issuer), JwtSettings.Read(Settings($"Jwt:Issuer={issuer}", Audience))!.Issuer);

    [Theory]
    [InlineData("Issuer is missing", Audience)]
    [InlineData("Audience is missing", Issuer)]
    [InlineData("Use https", "Jwt:Issuer=http://id.example.org", Audience)]
    [InlineData("no address of an issuer", "Jwt:Issuer=id.example.org", Audience)]
    [InlineData("no address of an issuer", "Jwt:Issuer=ftp://id.example.org", Audience)]
    [InlineData("no address of an issuer", "Jwt:Issuer=https://id.example.org?a=b", Audience)]
    [InlineData("no address of an issuer", "Jwt:Issuer=https://user:password@id.example.org", Audience)]
    [InlineData("ClockSkew is", Issuer, Audience, "Jwt:ClockSkew=-00:00:01")]
    [InlineData("ClockSkew is", Issuer, Audience, "Jwt:ClockSkew=00:10:01")]
    [InlineData("ClockSkew is", Issuer, Audience, "Jwt:ClockSkew=soon")]
    [InlineData("must name one claim", Issuer, Audience, "Jwt:PermissionsClaim=scope,permissions")]
    [InlineData("not known", Issuer, Audience, "Jwt:Authority=https://id.example.org")]
    [InlineData("not known", "Jwt=https://id.example.org")]
    [InlineData("RequireAuthentication is false", Issuer, Audience, "RequireAuthentication=false")]
    [InlineData("is perhaps; it must be true or false", "RequireAuthentication=perhaps")]
    [InlineData("is no origin", "Cors:Origins:0=https://app.example.org/")]
    [InlineData("is no origin", "Cors:Origins:0=app.example.org")]
    [InlineData("is no origin", "Cors:Origins:0=null")]
    [InlineData("without a key", "Cors:Origins:0=*")]
    [InlineData("beside other origins", "Cors:Origins=*,https://app.example.org")]
    [InlineData("credentials cannot be allowed", Issuer, Audience, "Cors:Origins:0=*", "Cors:AllowCredentials=true")]
    [InlineData("not known", "Cors:Origin=https://app.example.org")]
    [InlineData("an address or a network", "TrustedProxies:0=proxy.example.org")]
    [InlineData("an address or a network", "TrustedProxies:0=10.0.0.0/40")]
    public void A_setting_that_cannot_be_meant_refuses_the_start_in_one_line(string expected, params string[] settings)
    {
        var message = Assert.Throws<StartException>(() =>
        {
            var configuration = Settings(settings);
            var authentication = AuthenticationSettings.Read(configuration);
            CrossOrigin.Read(configuration, authentication.IsRequired);
            TrustedProxies.Read(configuration);
        }).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Nothing_is_required_or_allowed_by_default()
    {
        var settings = AuthenticationSettings.Read(Settings());

        Assert.False(settings.IsRequired);
        Assert.Null(settings.Jwt);
        Assert.Empty(CrossOrigin.Read(Settings(), false).Origins);
        Assert.Empty(TrustedProxies.Read(Settings()));
        Assert.True(AuthenticationSettings.Read(Settings("RequireAuthentication=true")).IsRequired);
    }

    [Fact]
    public void A_proxy_is_an_address_or_a_network() =>
        Assert.Equal([IPNetwork.Parse("10.0.0.7/32"), IPNetwork.Parse("fd00::/8")], TrustedProxies.Read(Settings("TrustedProxies=10.0.0.7, fd00::/8")));

    private static IConfiguration Settings(params string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => setting.Split('=', 2)).Select(static pair => KeyValuePair.Create<string, string?>($"TasksBus:{pair[0]}", pair[1]))).Build();
}
