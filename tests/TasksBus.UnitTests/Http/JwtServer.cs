using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>A server that accepts the tokens of an issuer of its own.</summary>
public class JwtServer : ApiServer
{
    public TestIssuer Issuer { get; private set; } = null!;

    protected override string[] Settings =>
        [$"--TasksBus:Jwt:Issuer={Issuer.Url}", $"--TasksBus:Jwt:Audience={TestIssuer.Audience}",
            "--TasksBus:Jwt:ClockSkew=00:00:30", .. More];

    protected virtual string[] More => [];

    public override async Task InitializeAsync()
    {
        Issuer = await TestIssuer.StartAsync();
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    public Task<Answer> SendAsync(string token, string method = "GET", string path = "/tasks/v1/", string? body = null)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = body is null ? null : new StringContent(body) };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");
        return SendAsync(request);
    }
}

/// <summary>The same, with the names of claims that Keycloak uses.</summary>
public sealed class NestedClaimsServer : JwtServer
{
    protected override string[] More =>
        ["--TasksBus:Jwt:PermissionsClaim=realm_access.roles", "--TasksBus:Jwt:UserIdClaim=user.id",
            "--TasksBus:Jwt:ApplicationIdClaim=https://example.org/app,azp",
            "--TasksBus:Groups:0:Name=task readers", "--TasksBus:Groups:0:Permissions=VIEW_TASKS,VIEW_TASK_LOGS"];
}
