using System.Net;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http;
using TasksBus.Storage;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Callers who wait for the ends of tasks.</summary>
public sealed class TaskEndTests(TaskEndTests.CountingServer server) : IClassFixture<TaskEndTests.CountingServer>
{
    [Fact]
    public async Task A_task_that_has_ended_is_answered_at_once()
    {
        var task = await server.RunAsync("end-at-once", "complete");

        var answer = await server.GetAsync($"/tasks/v1/{task.GetProperty("id").GetString()}/end?wait=60");

        Assert.Equal((HttpStatusCode.OK, task.GetRawText()), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task The_answer_comes_when_the_task_ends()
    {
        var id = await server.CreateWaitingAsync("end-later", ""","data":{"n":1}""");
        var asking = server.GetAsync($"/tasks/v1/{id}/end");
        await Eventually.TrueAsync(() => server.Watch.Waiters > 0, "the caller waits");
        Assert.False(asking.IsCompleted);

        await server.PostAsync($"/tasks/v1/{id}/cancel");

        var answer = await asking.EndsAsync();
        Assert.Equal((HttpStatusCode.OK, "canceled"), (answer.Status, answer.Json.GetProperty("status").GetString()));
        Assert.Equal(1, answer.Json.GetProperty("data").GetProperty("n").GetInt32());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("1s")]
    public async Task When_the_wait_is_over_the_task_is_answered_as_it_is(string wait)
    {
        var id = await server.CreateWaitingAsync("end-never");

        var answer = await server.GetAsync($"/tasks/v1/{id}/end?wait={wait}");

        Assert.Equal((HttpStatusCode.OK, "new"), (answer.Status, answer.Json.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData("wait=61")]
    [InlineData("wait=-1")]
    [InlineData("wait=1.5s")]
    [InlineData("wait=")]
    [InlineData("wait=s")]
    [InlineData("wait=5m")]
    [InlineData("wait=1&wait=2")]
    [InlineData("wiat=5")]
    [InlineData("eq(status,new)")]
    public async Task Another_query_is_refused(string query)
    {
        var id = await server.CreateWaitingAsync("end-query");

        var message = (await server.GetAsync($"/tasks/v1/{id}/end?{query}")).IsBodyError(15);

        Assert.Contains("wait", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_unknown_and_what_is_no_id_are_told_apart()
    {
        (await server.GetAsync("/tasks/v1/507f1f77bcf86cd799439011/end")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.GetAsync("/tasks/v1/hello/end")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }

    [Fact]
    public async Task A_thousand_callers_share_a_few_looks_a_second_and_each_hears_of_its_task()
    {
        var tasks = string.Join(',', Enumerable.Repeat("""{"functionName":"end-many","startTimestamp":"2999-01-01"}""", 1_000));
        var batch = await server.PostAsync("/tasks/v1/batch", $$"""{"tasks":[{{tasks}}]}""");
        var ids = batch.Json.GetProperty("data").EnumerateArray().Select(static task => task.GetProperty("id").GetString()!).ToArray();
        var waiting = ids.Select(id => server.GetAsync($"/tasks/v1/{id}/end?wait=60s")).ToArray();
        await Eventually.TrueAsync(() => server.Watch.Waiters == 1_000, "all callers wait");

        var (looks, begun) = (server.Reader.Shared, TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(2));
        var seconds = TimeProvider.System.GetElapsedTime(begun).TotalSeconds;
        // On a busy machine there are fewer.
        Assert.InRange(server.Reader.Shared - looks, 0, (int)(seconds * 4) + 1);

        await Task.WhenAll(ids.Select(id => server.Services.GetRequiredService<TaskIntake>().CancelAsync(TaskId.Parse(id))));
        var answers = await Task.WhenAll(waiting).EndsAsync();
        Assert.Equal(ids, answers.Select(static answer => answer.Json.GetProperty("id").GetString()));
        Assert.All(answers, static answer => Assert.Equal("canceled", answer.Json.GetProperty("status").GetString()));
        Assert.Equal(0, server.Watch.Waiters);
    }

    [Fact]
    public async Task A_caller_who_hangs_up_waits_no_longer()
    {
        var id = await server.CreateWaitingAsync("end-gone");
        using CancellationTokenSource hangUp = new();
        using HttpRequestMessage request = new(HttpMethod.Get, $"/tasks/v1/{id}/end?wait=60s");
        var before = server.Watch.Waiters;
        var asking = server.AskAsync(request, hangUp.Token);
        await Eventually.TrueAsync(() => server.Watch.Waiters > before, "the caller waits");

        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await Eventually.TrueAsync(() => server.Watch.Waiters == before, "nobody waits");
    }

    /// <summary>A server whose looks at tasks a test counts.</summary>
    public sealed class CountingServer : ApiServer
    {
        internal CountingReader Reader => Services.GetRequiredService<CountingReader>();

        internal EndWatch Watch => Services.GetRequiredService<EndWatch>();

        private protected override void Change(IServiceCollection services) =>
            services.Watch<ITaskReader, CountingReader>(static store => new(store));
    }

    /// <summary>Counts the looks at more than one task.</summary>
    internal sealed class CountingReader(ITaskReader inner) : ITaskReader
    {
        private int _shared;

        public int Shared => Volatile.Read(ref _shared);

        public Task<IReadOnlyDictionary<TaskId, TaskRecord>> LookAsync(
            IReadOnlyCollection<TaskId> ids, bool withInput, CancellationToken cancellationToken)
        {
            if (ids.Count > 1)
            {
                Interlocked.Increment(ref _shared);
            }

            return inner.LookAsync(ids, withInput, cancellationToken);
        }

        public Task<TaskPage> FindAsync(RqlQuery query, CancellationToken cancellationToken) => inner.FindAsync(query, cancellationToken);

        public Task<TaskRecord?> FindAsync(TaskId id, CancellationToken cancellationToken) => inner.FindAsync(id, cancellationToken);

        public Task<TaskLog?> LogAsync(TaskId id, CancellationToken cancellationToken) => inner.LogAsync(id, cancellationToken);
    }
}
