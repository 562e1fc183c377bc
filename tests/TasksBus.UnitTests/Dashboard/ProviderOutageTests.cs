using System.Net;
using Xunit;

namespace TasksBus.UnitTests.Dashboard;

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
