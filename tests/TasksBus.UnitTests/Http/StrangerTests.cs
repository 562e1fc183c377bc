using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Requests of unknown callers, for the routes of functions.</summary>
public sealed class StrangerTests(StrangerTests.WatchedServer server) : IClassFixture<StrangerTests.WatchedServer>
{
    private const string Answer = """{"statusCode":200,"body":"hello"}""";

    [Theory]
    [InlineData("GET", "/tasks/v1/api/closed", null)]
    [InlineData("GET", "/tasks/v1/api/unknown/path", "Bearer nobody's")]
    [InlineData("POST", "/tasks/v1/functions/closed/execute", null)]
    public async Task Who_is_not_let_in_does_not_have_the_functions_read_each_time(string method, string path, string? authorization)
    {
        var before = server.Functions.Refreshes;
        for (var round = 0; round < 3; round++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync(method, path, authorization)));
            Assert.All(
                answers,
                static answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests }));
        }

        Assert.InRange(server.Functions.Refreshes - before, 1, 12);
    }

    [Fact]
    public async Task Who_asks_while_others_do_shares_their_read_and_is_let_in_as_soon_as_the_function_is_public()
    {
        server.Fake.Answers["opened"] = Answer;
        await server.ManageAsync("opened", static row => row.PermissionMode = "permissionRequired");
        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync("GET", "/tasks/v1/api/opened", null)).Status);
        await server.ManageAsync("opened", static row => row.PermissionMode = "public");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => AskAsync("GET", "/tasks/v1/api/opened", null)));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
    }

    [Fact]
    public async Task A_shared_read_begins_after_each_who_shares_it_asked()
    {
        List<TaskCompletionSource<int>> reads = [];
        NextRead<int> next = new(() =>
        {
            lock (reads)
            {
                reads.Add(new(TaskCreationOptions.RunContinuationsAsynchronously));
                return reads[^1].Task;
            }
        }, TimeSpan.Zero, TimeProvider.System);

        var first = next.GetAsync(default);
        await Eventually.TrueAsync(() => reads.Count == 1, "the first read has begun");
        var later = Enumerable.Range(0, 5).Select(_ => next.GetAsync(default)).ToArray();
        reads[0].SetException(new StoreUnavailableException("Away."));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => first);
        await Eventually.TrueAsync(() => reads.Count == 2, "the second read has begun");
        reads[1].SetResult(2);

        Assert.All(await Task.WhenAll(later), static answer => Assert.Equal(2, answer));
        Assert.Equal(2, reads.Count);
    }

    [Fact]
    public async Task Reads_that_are_to_be_apart_wait_for_one_another()
    {
        FakeTimeProvider time = new();
        var reads = 0;
        NextRead<int> next = new(() => Task.FromResult(Interlocked.Increment(ref reads)), TimeSpan.FromMilliseconds(200), time);

        Assert.Equal(1, await next.GetAsync(default));
        var second = next.GetAsync(default);
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            return second.IsCompleted;
        }, "the second read is done");

        Assert.Equal(2, await second);
        Assert.InRange(time.GetUtcNow() - time.Start, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30));
    }

    private Task<Answer> AskAsync(string method, string path, string? authorization)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (authorization is not null)
        {
            request.Headers.TryAddWithoutValidation("Authorization", authorization);
        }

        return server.SendAsync(request);
    }

    /// <summary>A server that lets nobody in without a key, and whose reads are counted.</summary>
    public sealed class WatchedServer : ApiServer
    {
        internal WatchedFunctions Functions => Services.GetRequiredService<WatchedFunctions>();

        protected override string[] Settings => ["--TasksBus:RequireAuthentication=true"];

        private protected override void Change(IServiceCollection services)
        {
            services.Watch<IFunctionPolicyStore, WatchedFunctions>(static store => new(store));
        }
    }
}
