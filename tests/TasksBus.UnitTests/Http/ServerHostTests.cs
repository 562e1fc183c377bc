using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Functions;
using TasksBus.Server.Commands;
using TasksBus.Server.Hosting;
using TasksBus.Service.Hosting;
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
    [InlineData("--TasksBus:WorkerSlots=0", "TasksBus:WorkerSlots is 0; it must be a whole number from 1 to 10,000.")]
    [InlineData("--TasksBus:WorkerSlots=abc", "TasksBus:WorkerSlots is abc; it must be a whole number from 1 to 10,000.")]
    [InlineData("--TasksBus:UnknownFields=allow", "TasksBus:UnknownFields is allow; it must be refuse or ignore.")]
    [InlineData("--TasksBus:WorkrSlots=5", "Did you mean --TasksBus:WorkerSlots?")]
    [InlineData("--TasksBus:Pools:GPU:0=render", "TasksBus:Pools is GPU; a pool's name must be")]
    [InlineData("--url=http://127.0.0.1:0", "Did you mean --urls?")]
    [InlineData("--TasksBus:Events:0=TaskExploded", "TaskExploded")]
    public async Task A_setting_that_cannot_be_is_told_before_the_server_starts(string setting, string expected)
    {
        using var folder = new TempFolder();
        string[] args = [
            "--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}",
            "--Logging:LogLevel:Default=None", setting];

        var exception = await Assert.ThrowsAsync<StartException>(() => CommandLine.RunAsync(args, TextWriter.Null, TimeProvider.System));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.NotNull(StartFailure.Explain(exception));
    }

    [Fact]
    public async Task A_worker_that_does_not_listen_refuses_to_answer_metrics()
    {
        string[] args =
        [
            "--ConnectionStrings:tasksbus=Host=127.0.0.1;Port=9;Username=any;Password=any;Database=any",
            "--ConnectionStrings:rabbitmq=amqp://any:any@127.0.0.1:9", "--TasksBus:Roles=worker", "--TasksBus:Metrics=true",
            "--Logging:LogLevel:Default=None",
        ];

        var exception = await Assert.ThrowsAsync<StartException>(() => CommandLine.RunAsync(args, TextWriter.Null, TimeProvider.System));

        Assert.Contains("listens only where it is told to. Set --urls", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The time that one part waits in vain is not added to what the others wait.</summary>
    [Fact]
    public async Task A_request_that_hangs_keeps_a_stopping_server_no_longer_than_it_waits_for_functions()
    {
        using var folder = new TempFolder();
        var invoker = new ScriptedInvoker();
        invoker.Hold("hangs");
        await using var host = await ServerHost.BuildAsync(
            [
                "--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", "--TasksBus:Lambda:Endpoint=http://127.0.0.1:9",
                "--TasksBus:DrainTimeout=00:00:01",
                "--Logging:LogLevel:Default=None",
            ], services => services.AddSingleton<IFunctionInvoker>(invoker));
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls.Single()) };
        var request = client.PostAsync(
            new Uri("/tasks/v1/functions/hangs/execute", UriKind.Relative), new StringContent("{}", Encoding.UTF8, "application/json"));
        await Eventually.TrueAsync(() => invoker.CountOf("hangs") == 1, "the function runs");

        var began = TimeProvider.System.GetTimestamp();
        await host.StopAsync().EndsAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(12));
        await Assert.ThrowsAsync<HttpRequestException>(() => request);
    }

    [Theory]
    [InlineData("--TasksBus:Lambda:MaxConnections=0", "TasksBus:Lambda:MaxConnections is 0; it must be a whole number from 1 to 65,535.")]
    [InlineData("--TasksBus:Lambda:MaxConcurrencyPerFunction=0", "TasksBus:Lambda:MaxConcurrencyPerFunction is 0; it must be")]
    public async Task A_setting_of_Lambda_that_cannot_be_ends_the_start(string setting, string expected)
    {
        using var folder = new TempFolder();
        await using var host = await ServerHost.BuildAsync(
            ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}",
                "--Logging:LogLevel:Default=None", setting]);

        Assert.Contains(expected, StartFailure.Explain((await Record.ExceptionAsync(host.StartAsync))!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_local_function_is_told_in_words_of_this_machine_and_the_empty_list_of_managed_ones_says_what_it_leaves_out()
    {
        using var folder = new TempFolder();
        await using var host = await ServerHost.BuildAsync(
            ["--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}",
                "--Logging:LogLevel:Default=None"]);
        await host.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(host.Urls.Single()) };

        using var made = await client.PostAsync(new Uri("/tasks/v1/", UriKind.Relative), new StringContent("""{"functionName":"nope"}"""));
        var id = JsonElement.Parse(await made.Content.ReadAsStringAsync()).GetProperty("id").GetString();
        JsonElement error = default;
        await Eventually.TrueAsync(async () => JsonElement.Parse(await client.GetStringAsync(new Uri($"/tasks/v1/{id}", UriKind.Relative)))
            .TryGetProperty("error", out error), "the task has failed");
        var message = error.GetProperty("message").GetString();

        Assert.Equal("ResourceNotFoundException", error.GetProperty("name").GetString());
        Assert.Equal("There is no local function 'nope'. Make a folder 'nope' with an index.mjs beside the other functions, "
            + "deploy one of that name, or correct the name.", message);
        Assert.Contains("local ones", JsonElement.Parse(await client.GetStringAsync(new Uri("/tasks/v1/functions", UriKind.Relative)))
            .GetProperty("note").GetString(), StringComparison.Ordinal);
        await host.StopAsync();
    }

    [Fact]
    public async Task A_server_over_a_folder_of_functions_starts_and_stops_and_leaves_its_data_folder_free()
    {
        using var folder = new TempFolder();
        string[] args = [
            "--urls=http://127.0.0.1:0", $"--TasksBus:DataPath={folder.Path}", $"--TasksBus:FunctionsPath={folder.Path}",
            "--Logging:LogLevel:Default=None"];

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
