using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

/// <summary>A server whose visitors sign in by a provider, of which the tests play the browser's part.</summary>
public sealed class ProviderServer : ApiServer, ILoggerProvider, ILogger
{
    public const string ClientId = "dashboard";
    public const string Secret = "a-secret-of-the-client";
    public const string Callback = "/dashboard/sign-in/callback";
    public const string Cookie = "tasksbus-dashboard";

    private const string Section = "--TasksBus:SignIn";

    private readonly ConcurrentQueue<string> _log = [];

    /// <summary>The claims of somebody who may see and cancel tasks.</summary>
    public static object Operator { get; } = new { preferred_username = "ann", realm_access = new { roles = new[] { "operators" } } };

    public TestIssuer Issuer { get; private set; } = null!;

    /// <summary>All that was logged, at any level.</summary>
    public string Logged => string.Join('\n', _log);

    protected override string[] Settings =>
        [$"{Section}:Issuer={Issuer.Url}", $"{Section}:Name=Example ID", $"{Section}:ClientId={ClientId}",
            $"{Section}:ClientSecret={Secret}", $"{Section}:PermissionsClaim=realm_access.roles", $"{Section}:UserInfo=true",
            "--TasksBus:TrustedProxies=127.0.0.1",
            "--TasksBus:Groups:0:Name=operators", "--TasksBus:Groups:0:Permissions=VIEW_TASKS,CANCEL_TASKS",
            "--Logging:LogLevel:TasksBus.Dashboard=Trace", "--Logging:LogLevel:Microsoft.AspNetCore.Authentication=Trace"];

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

    private protected override void Change(IServiceCollection services) => services.AddSingleton<ILoggerProvider>(this);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _log.Enqueue($"{eventId.Id} {formatter(state, exception)} {exception}");

    /// <summary>Begins a sign-in, and returns what the browser is to bring to the provider.</summary>
    internal static async Task<Dictionary<string, string>> StartAsync(DashboardClient client, string page = "")
    {
        using var answer = await client.GetAsync($"/dashboard/sign-in/provider?return={Uri.EscapeDataString(page)}");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query)
            .ToDictionary(static each => each.Key, static each => each.Value.ToString());
    }

    /// <summary>Goes to the provider and comes back.</summary>
    /// <param name="claims">The claims of the ID token. Null when the provider refuses the code.</param>
    /// <param name="isSigned">False when the token has no signature.</param>
    internal async Task<HttpResponseMessage> SignInAsync(
        DashboardClient client, object? claims, SigningCredentials? signing = null, bool isSigned = true,
        string page = "/dashboard/tasks?status=failed")
    {
        var asked = await StartAsync(client, page);
        Issuer.IdToken = null;
        if (claims is not null)
        {
            Dictionary<string, object?> all = new() { ["aud"] = ClientId, ["azp"] = null, ["nonce"] = asked["nonce"] };
            foreach (var claim in JsonSerializer.SerializeToElement(claims).EnumerateObject())
            {
                all[claim.Name] = claim.Value;
            }

            Issuer.IdToken = Issuer.Token(all, signing);
            if (!isSigned)
            {
                Issuer.IdToken = $"{Base64UrlEncoder.Encode("""{"alg":"none"}""")}.{Issuer.IdToken.Split('.')[1]}.";
            }
        }

        return await client.GetAsync(
            $"{Callback}?code=a-code-of-the-provider&state={Uri.EscapeDataString(asked["state"])}", site: "cross-site");
    }
}
