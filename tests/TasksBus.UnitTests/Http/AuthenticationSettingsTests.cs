using System.Net;
using Microsoft.Extensions.Configuration;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
using TasksBus.Service.Http;
using TasksBus.Service.Http.Authentication;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class AuthenticationSettingsTests
{
    private const string Issuer = "Jwt:Issuer=https://id.example.org";
    private const string Audience = "Jwt:Audience=tasks";
    private const string SignIn = "SignIn:Issuer=https://id.example.org";
    private const string Client = "SignIn:ClientId=dashboard";

    [Fact]
    public void An_issuer_and_an_audience_are_enough()
    {
        var settings = AuthenticationSettings.Read(Settings(Issuer, Audience));

        Assert.True(settings.IsRequired);
        Assert.Equal(("permissions", TimeSpan.FromMinutes(1)), (settings.Jwt!.PermissionsClaim, settings.Jwt.ClockSkew));
        Assert.Equal(["tasks"], settings.Jwt.Audience);
        Assert.Equal(["sub"], settings.Jwt.UserIdClaim);
        Assert.Equal(["azp", "client_id"], settings.Jwt.ApplicationIdClaim);
    }

    [Theory]
    [InlineData("https://id.example.org/")]
    [InlineData("http://localhost:8081/realms/main")]
    [InlineData("http://127.0.0.1:8081")]
    [InlineData("http://[::1]:8081")]
    public void Issuers_are_reached_over_https_or_on_this_machine(string issuer) =>
        Assert.Equal(new(issuer), AuthenticationSettings.Read(Settings($"Jwt:Issuer={issuer}", Audience)).Jwt!.Issuer);

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
    [InlineData(
        "PermissionsClaim is scope,permissions; it must be the name of one claim", Issuer, Audience,
        "Jwt:PermissionsClaim=scope,permissions")]
    [InlineData("Jwt:Authority is no setting", Issuer, Audience, "Jwt:Authority=https://id.example.org")]
    [InlineData("has settings of its own", "Jwt=https://id.example.org")]
    [InlineData("RequireAuthentication is false", Issuer, Audience, "RequireAuthentication=false")]
    [InlineData("RequireAuthentication is false", SignIn, Client, "RequireAuthentication=false")]
    [InlineData("SignIn:Issuer is missing", Client)]
    [InlineData("Use https", "SignIn:Issuer=http://id.example.org", Client)]
    [InlineData("ClientId is missing. Register this server", SignIn)]
    [InlineData("ClientId is missing", SignIn, "SignIn:ClientSecret=hush")]
    [InlineData("Write openid,profile.", SignIn, Client, "SignIn:Scopes=profile")]
    [InlineData("PermissionsClaim is empty", SignIn, Client, "SignIn:PermissionsClaim=")]
    [InlineData("it must be the name of one claim", SignIn, Client, "SignIn:PermissionsClaim=roles,groups")]
    [InlineData("a time from 00:00:10 to 12:00:00", SignIn, Client, "SignIn:Lifetime=1.00:00:00")]
    [InlineData("ClockSkew is", SignIn, Client, "SignIn:ClockSkew=00:10:01")]
    [InlineData("a text of 1 to 60 characters", SignIn, Client, "SignIn:Name=")]
    [InlineData("Did you mean TasksBus:SignIn:Scopes?", SignIn, Client, "SignIn:Scope=openid")]
    [InlineData("there is no issuer", "Groups:0:Name=operators", "Groups:0:Permissions=*")]
    [InlineData("Groups:0:Name is missing", SignIn, Client, "Groups:0:Permissions=*")]
    [InlineData("Groups:0:Permissions is missing", SignIn, Client, "Groups:0:Name=operators")]
    [InlineData("no permission: VIEW_TASK.", SignIn, Client, "Groups:0:Name=operators", "Groups:0:Permissions=VIEW_TASK")]
    [InlineData("is VIEW_TASKS, which is a permission already", SignIn, Client, "Groups:0:Name=VIEW_TASKS", "Groups:0:Permissions=*")]
    [InlineData(
        "Groups:1:Name is a, as in another group", SignIn, Client, "Groups:0:Name=a", "Groups:0:Permissions=*", "Groups:1:Name=a",
        "Groups:1:Permissions=*")]
    [InlineData("Did you mean TasksBus:Groups:0:Name?", SignIn, Client, "Groups:0:Names=a")]
    [InlineData("is perhaps; it must be true or false", "RequireAuthentication=perhaps")]
    [InlineData("is no origin", "Cors:Origins:0=https://app.example.org/")]
    [InlineData("is no origin", "Cors:Origins:0=app.example.org")]
    [InlineData("is no origin", "Cors:Origins:0=null")]
    [InlineData("without a key", "Cors:Origins:0=*")]
    [InlineData("beside other origins", "Cors:Origins=*,https://app.example.org")]
    [InlineData("credentials cannot be allowed", Issuer, Audience, "Cors:Origins:0=*", "Cors:AllowCredentials=true")]
    [InlineData("Did you mean TasksBus:Cors:Origins?", "Cors:Origin=https://app.example.org")]
    [InlineData("an address or a network", "TrustedProxies:0=proxy.example.org")]
    [InlineData("an address or a network", "TrustedProxies:0=10.0.0.0/40")]
    public void A_setting_that_cannot_be_meant_refuses_the_start_in_one_line(string expected, params string[] settings)
    {
        var message = Assert.Throws<StartException>(() =>
        {
            var configuration = Settings(settings);
            SettingCheck.Run(configuration);
            var authentication = AuthenticationSettings.Read(configuration);
            CrossOrigin.Read(configuration, authentication.IsRequired);
        }).Message;

        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain("hush", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sign_in_takes_what_it_leaves_out_from_the_issuer_of_tokens()
    {
        var ofTokens = AuthenticationSettings.Read(Settings(
            Issuer, Audience, Client, "Jwt:PermissionsClaim=roles", "Jwt:UserIdClaim=oid,sub", "Jwt:ClockSkew=00:00:05")).SignIn!;
        var own = AuthenticationSettings.Read(Settings(
            Issuer, Audience, Client, "SignIn:Issuer=https://people.example.org", "SignIn:PermissionsClaim=groups",
            "SignIn:UserIdClaim=uid", "SignIn:ClockSkew=00:00:00")).SignIn!;
        var alone = AuthenticationSettings.Read(Settings(SignIn, Client));

        Assert.Equal(("https://id.example.org", "roles", TimeSpan.FromSeconds(5)),
            (ofTokens.Issuer!.OriginalString, ofTokens.PermissionsClaim, ofTokens.ClockSkew));
        Assert.Equal(["oid", "sub"], ofTokens.UserIdClaim);
        Assert.Equal(
            ("https://people.example.org", "groups", TimeSpan.Zero), (own.Issuer!.OriginalString, own.PermissionsClaim, own.ClockSkew));
        Assert.Equal(["uid"], own.UserIdClaim);
        Assert.True(alone.IsRequired);
        Assert.Null(alone.Jwt);
        Assert.Equal(("permissions", TimeSpan.FromMinutes(1)), (alone.SignIn!.PermissionsClaim, alone.SignIn.ClockSkew));
        Assert.Equal(["sub"], alone.SignIn.UserIdClaim);
        Assert.Equal(["openid", "profile"], alone.SignIn.Scopes);
    }

    [Fact]
    public void Nothing_is_required_or_allowed_by_default()
    {
        var settings = AuthenticationSettings.Read(Settings());

        Assert.False(settings.IsRequired);
        Assert.Null(settings.Jwt);
        Assert.Empty(CrossOrigin.Read(Settings(), false).Options.Origins);
        Assert.Empty(ReadCallers().TrustedProxies);
        Assert.True(AuthenticationSettings.Read(Settings("RequireAuthentication=true")).IsRequired);
    }

    [Fact]
    public void A_proxy_is_an_address_or_a_network() =>
        Assert.Equal(
            [IPNetwork.Parse("10.0.0.7/32"), IPNetwork.Parse("fd00::/8")],
            ReadCallers("TrustedProxies=10.0.0.7, fd00::/8").TrustedProxies.Select(static text => CallerOptions.Network(text)!.Value));

    [Theory]
    [InlineData("Jwt:Audience=a, b")]
    [InlineData("Jwt:Audience:0=a", "Jwt:Audience:1=b")]
    public void A_list_is_joined_by_commas_or_has_numbers_and_replaces_the_default(params string[] audiences)
    {
        var jwt = AuthenticationSettings.Read(Settings([Issuer, .. audiences, "Jwt:UserIdClaim:0=uid"])).Jwt!;

        Assert.Equal(["a", "b"], jwt.Audience);
        Assert.Equal(["uid"], jwt.UserIdClaim);
    }

    private static CallerOptions ReadCallers(params string[] settings) =>
        SettingReader.Read<CallerOptions>(Settings(settings), TasksBusOptions.Section);

    private static IConfiguration Settings(params string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(static setting => setting.Split('=', 2))
            .Select(static pair => KeyValuePair.Create<string, string?>($"TasksBus:{pair[0]}", pair[1]))).Build();
}
