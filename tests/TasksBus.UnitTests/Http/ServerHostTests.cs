using TasksBus.Server.Hosting;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

public class ServerHostTests
{
    [Theory]
    [InlineData("--urls=http://0.0.0.0:0", "reaches beyond this machine")]
    [InlineData("--urls=http://127.0.0.1:0;http://*:0", "reaches beyond this machine")]
    [InlineData("--Kestrel:Endpoints:All:Url=http://[::]:0", "reaches beyond this machine")]
    [InlineData("--urls=localhost", "no address to listen on")]
    [InlineData("--urls=http://127.0.0.1:99999", "no address to listen on")]
    [InlineData("--TasksBus:ApiKeys=tbk_secret", "TasksBus:ApiKeys is a list")]
    [InlineData("--TasksBus:ApiKeys:0:Hash=tbk_secret", "TasksBus:ApiKeys:0:Name must be")]
    [InlineData("--TasksBus:FunctionsPath=/nowhere/at/all", "does not exist")]
    [InlineData("--TasksBus:WorkerSlots=0", "WorkerSlots is 0")]
    [InlineData("--TasksBus:Events:0=TaskExploded", "TaskExploded")]
    public async Task A_setting_that_cannot_be_is_told_before_the_server_starts(string setting, string expected)
    {
        using var folder = new TempFolder();
        string[] args = ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}", "--Logging:LogLevel:Default=None", setting];

        var exception = await Assert.ThrowsAsync<StartException>(() => ServerHost.BuildAsync(args));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.NotNull(StartFailure.Explain(exception));
    }

    [Fact]
    public async Task A_server_over_a_folder_of_functions_starts_and_stops_and_leaves_its_data_folder_free()
    {
        using var folder = new TempFolder();
        string[] args = ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}", "--Logging:LogLevel:Default=None"];

        for (var i = 0; i < 2; i++)
        {
            await using var host = await ServerHost.BuildAsync(args);
            await host.StartAsync();
            using var client = new HttpClient { BaseAddress = new Uri(host.Urls.Single()) };
            Assert.Equal("ready", await client.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
            await host.StopAsync();
        }
    }
}
