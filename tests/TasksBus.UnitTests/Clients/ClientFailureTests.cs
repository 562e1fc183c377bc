using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using TasksBus.Client;
using TasksBus.Contracts;
using TasksBus.Server.Hosting;
using TasksBus.UnitTests.Engine;
using TasksBus.UnitTests.Http;
using Xunit;

namespace TasksBus.UnitTests.Clients;

/// <summary>What the client does when calls fail, and what it tells of that.</summary>
[Collection(ApiServer.Collection)]
public sealed class ClientFailureTests(ApiServer server, GuardedServer guarded) : IClassFixture<GuardedServer>
{
    private static readonly DateTimeOffset s_later = new(2999, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Calls_whose_answers_are_lost_are_sent_again_and_have_one_effect()
    {
        // Every other request reaches the server, and its answer does not come back.
        Obstacle obstacle = new(static async (number, _, next) =>
        {
            using var answer = number % 2 == 1 ? await next() : null;
            return answer is null ? await next() : throw new HttpRequestException("Connection reset by peer");
        });
        await using var client = TestClient.Of(server.Url, http: obstacle.AddTo);

        var one = await client.Calls.ScheduleAsync("client-lost", new { n = 1 }, new() { StartTimestamp = s_later });
        var second = client.Calls.NewTask("client-lost", new { n = 2 }, new() { StartTimestamp = s_later });
        var many = await client.Calls.ScheduleManyAsync([second, new() { FunctionName = "client-lost" }]);
        var again = await client.Calls.RerunAsync(one);
        Assert.Equal(4, (await client.Calls.ListAsync("eq(functionName,client-lost)")).Total);
        var canceled = await client.Calls.CancelAsync(one);

        Assert.Equal(4, many.Append(one).Append(again).Distinct().Count());
        Assert.True(canceled.Canceled);
        Assert.True(obstacle.Requests >= 10, $"There were {obstacle.Requests} requests.");
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task What_passes_is_tried_again_when_the_server_says(int status)
    {
        List<long> at = [];
        Obstacle obstacle = new((number, request, next) =>
        {
            at.Add(TimeProvider.System.GetTimestamp());
            return number > 1 ? next() : Task.FromResult(new HttpResponseMessage((HttpStatusCode)status)
            {
                RequestMessage = request,
                Headers = { RetryAfter = new(TimeSpan.FromSeconds(1)) },
            });
        });
        await using var client = TestClient.Of(server.Url, http: obstacle.AddTo);

        Assert.Null(await client.Calls.FindAsync(TaskId.New()));

        Assert.Equal(2, at.Count);
        Assert.InRange(TimeProvider.System.GetElapsedTime(at[0], at[1]), TimeSpan.FromSeconds(0.99), TimeSpan.MaxValue);
    }

    [Fact]
    public async Task After_the_time_for_it_a_call_is_given_up_and_what_does_not_pass_is_tried_once()
    {
        Obstacle busy = new(static (_, request, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable)
        {
            RequestMessage = request,
            Content = new StringContent("""{"code":4,"name":"SERVICE_UNREACHABLE_EXCEPTION","message":"The database is away."}"""),
            Headers = { RetryAfter = new(TimeSpan.FromSeconds(7)) },
        }));
        Obstacle page = new(static (_, request, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotFound)
        {
            RequestMessage = request,
            Content = new StringContent("<html>"),
        }));
        Obstacle other = new(static (_, request, _) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StringContent("{}") }));
        await using var late = TestClient.Of(server.Url, static options => options.RetryFor = TimeSpan.FromSeconds(5), busy.AddTo);
        await using var lost = TestClient.Of(server.Url, http: page.AddTo);
        await using var strange = TestClient.Of(server.Url, http: other.AddTo);
        await using var nobody = TestClient.Of("http://127.0.0.1:1", static options => options.RetryFor = TimeSpan.FromSeconds(0.5));

        var away = await Assert.ThrowsAsync<TasksBusUnavailableException>(() => late.Calls.FindAsync(TaskId.New()));
        var wrong = await Assert.ThrowsAsync<TasksBusException>(() => lost.Calls.FindAsync(TaskId.New()));
        var odd = await Assert.ThrowsAsync<TasksBusException>(() => strange.Calls.FindAsync(TaskId.New()));
        var gone = await Assert.ThrowsAsync<TasksBusUnavailableException>(() => nobody.Calls.FindAsync(TaskId.New()));

        Assert.Equal((ErrorCode.ServiceUnreachable, "The database is away."), (away.Code, away.Message));
        Assert.Equal(TimeSpan.FromSeconds(7), away.RetryAfter);
        Assert.Equal((0, 404, 1), (wrong.Code.Code, wrong.Code.HttpStatus, page.Requests));
        Assert.Equal((ErrorCode.ServerException, 1), (odd.Code, other.Requests));
        Assert.Contains("http://127.0.0.1:1/tasks/v1/", gone.Message, StringComparison.Ordinal);
        Assert.IsType<HttpRequestException>(gone.InnerException);
    }

    [Fact]
    public async Task A_try_that_takes_too_long_is_given_up()
    {
        await using var silent = await ScriptedServer.StartAsync(static async context =>
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        await using var client = TestClient.Of(
            silent.Url, static options => (options.RequestTimeout, options.RetryFor) = (TimeSpan.FromSeconds(1), TimeSpan.Zero));

        var late = await Assert.ThrowsAsync<TasksBusUnavailableException>(() => client.Calls.FindAsync(TaskId.New()));

        Assert.Contains("within 1 s", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_breaks_a_rule_is_refused_at_the_call_in_the_words_of_HTTP()
    {
        Obstacle none = new(static (_, _, _) => throw new InvalidOperationException("Nothing is sent."));
        await using var client = TestClient.Of(server.Url, http: none.AddTo);

        var here = await Assert.ThrowsAsync<TaskRefusedException>(() => client.Calls.ScheduleAsync("no name", new { }));
        var there = await server.PostAsync("/tasks/v1/", """{"functionName":"no name"}""");
        var number = await Assert.ThrowsAsync<TaskRefusedException>(() => client.Calls.ScheduleAsync("hello", 5));
        var empty = await Assert.ThrowsAsync<TaskRefusedException>(() => client.Calls.ScheduleManyAsync([]));
        var second = await Assert.ThrowsAsync<TaskRefusedException>(
            () => client.Calls.ScheduleManyAsync([new() { FunctionName = "a" }, new() { FunctionName = "" }]));

        Assert.Equal(here.Message, there.IsBodyError(here.Code.Code));
        Assert.Equal("data must be a JSON object; got 5.", number.Message);
        Assert.Equal("tasks must be an array of 1 to 1000 tasks; got 0.", empty.Message);
        Assert.StartsWith("tasks[1]: functionName is required", second.Message, StringComparison.Ordinal);
        Assert.Equal(0, none.Requests);
    }

    [Fact]
    public async Task A_key_or_token_goes_with_each_call_and_a_refused_one_says_so()
    {
        var tokens = 0;
        await using var viewer = TestClient.Of(guarded.Url, options => options.TokenProvider = _ =>
        {
            tokens++;
            return ValueTask.FromResult(guarded.Tokens["viewer"]);
        });
        await using var creator = TestClient.Of(guarded.Url, options => options.ApiKey = guarded.Tokens["creator"]);
        await using var stranger = TestClient.Of(guarded.Url);

        var id = await creator.Calls.ScheduleAsync("client-key", new { }, new() { StartTimestamp = s_later });
        Assert.NotNull(await viewer.Calls.FindAsync(id));
        await viewer.Calls.ListAsync();
        var forbidden = await Assert.ThrowsAsync<AccessRefusedException>(() => creator.Calls.FindAsync(id));
        var waiting = await Assert.ThrowsAsync<AccessRefusedException>(() => creator.Calls.WaitAsync(id));
        var unknown = await Assert.ThrowsAsync<AccessRefusedException>(() => stranger.Calls.FindAsync(id));

        Assert.Equal(2, tokens);
        Assert.Equal((ErrorCode.NoPermission, ErrorCode.NoPermission), (forbidden.Code, waiting.Code));
        Assert.Equal(ErrorCode.UserNotAuthenticated, unknown.Code);
        Assert.Contains("VIEW_TASKS", forbidden.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_goes_on_while_the_server_restarts()
    {
        using TempFolder folder = new();
        await using var lambda = await FakeLambda.StartAsync();
        var first = await StartAsync(folder, lambda, "http://127.0.0.1:0");
        var url = first.Urls.Single();
        await using var client = TestClient.Of(url);
        var id = await client.Calls.ScheduleAsync(
            "client-restart", new { }, new() { StartTimestamp = TimeProvider.System.GetUtcNow().AddHours(1) });
        var waiting = client.Calls.WaitAsync(id, TimeSpan.FromSeconds(60));
        var stopping = TimeProvider.System.GetTimestamp();
        await Task.Delay(TimeSpan.FromMilliseconds(300));

        await first.StopAsync();
        Assert.InRange(TimeProvider.System.GetElapsedTime(stopping), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await first.DisposeAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(waiting.IsCompleted);
        await using var second = await StartAsync(folder, lambda, url);
        await client.Calls.CancelAsync(id);

        Assert.Equal(TaskStates.Canceled, (await waiting.EndsAsync()).Status);
        await second.StopAsync();
    }

    [Fact]
    public async Task The_trace_of_the_caller_goes_with_its_calls()
    {
        string? parent = null;
        await using var watching = await ScriptedServer.StartAsync(context =>
        {
            parent = context.Request.Headers.TraceParent;
            return context.Response.WriteAsync($$"""{"id":"{{TaskId.New()}}","status":"new"}""");
        });
        await using var client = TestClient.Of(watching.Url);
        using Activity activity = new("caller");
        activity.SetIdFormat(ActivityIdFormat.W3C).Start();

        await client.Calls.FindAsync(TaskId.New());

        Assert.StartsWith($"00-{activity.TraceId}-", parent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_check_of_health_tells_of_the_server()
    {
        Assert.Equal((HealthStatus.Healthy, "ready"), await CheckAsync(server.Url));

        var (status, text) = await CheckAsync("http://127.0.0.1:1");

        Assert.Equal(HealthStatus.Degraded, status);
        Assert.Contains("http://127.0.0.1:1/health/ready was not answered", text, StringComparison.Ordinal);

        static async Task<(HealthStatus, string?)> CheckAsync(string url)
        {
            ServiceCollection services = new();
            services.AddLogging();
            services.AddTasksBusClient(options => options.Address = new(url));
            services.AddHealthChecks().AddTasksBusClient(failureStatus: HealthStatus.Degraded);
            await using var provider = services.BuildServiceProvider();
            var report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync();
            var entry = report.Entries["tasksbus"];
            return (entry.Status, entry.Description);
        }
    }

    [Theory]
    [InlineData("Address")]
    [InlineData("ApiKey and TokenProvider")]
    [InlineData("ApiKey must")]
    [InlineData("RequestTimeout")]
    [InlineData("RetryFor")]
    public async Task Wrong_options_are_refused_by_name(string wrong)
    {
        await using var client = TestClient.Of("http://localhost:8080", options =>
        {
            options.Address = wrong == "Address" ? new("ftp://localhost") : options.Address;
            options.ApiKey = wrong switch { "ApiKey must" => "a b", "ApiKey and TokenProvider" => "key", _ => null };
            options.TokenProvider = wrong == "ApiKey and TokenProvider" ? static _ => ValueTask.FromResult("") : null;
            options.RequestTimeout = TimeSpan.FromSeconds(wrong == "RequestTimeout" ? 0.5 : 1);
            options.RetryFor = TimeSpan.FromMinutes(wrong == "RetryFor" ? 61 : 60);
        });

        var refused = Assert.Throws<OptionsValidationException>(() => client.Calls);

        Assert.StartsWith(wrong, Assert.Single(refused.Failures), StringComparison.Ordinal);
    }

    private static async Task<ServerHost> StartAsync(TempFolder folder, FakeLambda lambda, string url)
    {
        var host = await ServerHost.BuildAsync(
        [
            $"--urls={url}", $"--TasksBus:DataPath={folder.Path}", "--Logging:LogLevel:Default=None",
            $"--TasksBus:Lambda:Endpoint={lambda.Url}", "--TasksBus:Lambda:Region=eu-west-1",
            "--TasksBus:Lambda:AccessKey=AKIDEXAMPLE", "--TasksBus:Lambda:SecretKey=secret",
        ]);
        await host.StartAsync();
        return host;
    }
}
