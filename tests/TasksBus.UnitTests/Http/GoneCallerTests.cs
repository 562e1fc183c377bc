using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Storage;
using TasksBus.UnitTests.Engine;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Callers who hang up while the database is slow.</summary>
public sealed class GoneCallerTests(GoneCallerTests.SlowServer server) : IClassFixture<GoneCallerTests.SlowServer>
{
    [Theory]
    [InlineData("/tasks/v1/", """{"functionName":"gone","startTimestamp":"2999-01-01T00:00:00Z"}""")]
    [InlineData("/tasks/v1/batch", """{"tasks":[{"functionName":"gone","startTimestamp":"2999-01-01T00:00:00Z"}]}""")]
    public async Task The_task_of_a_caller_who_hangs_up_before_its_turn_is_not_stored(string path, string body)
    {
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously),
            release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Commits.Committed = async changes =>
        {
            if (changes.Any(static change => change.Task.FunctionName == "holder"))
            {
                held.TrySetResult();
                await release.Task;
            }
        };
        var holding = server.CreateWaitingAsync("holder");
        await held.Task.EndsAsync();

        using CancellationTokenSource hangUp = new();
        var room = server.Services.GetRequiredService<CommitLanes>().Room;
        var before = room.Tasks;
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(body) };
        var asking = server.AskAsync(request, hangUp.Token);
        await Eventually.TrueAsync(() => room.Tasks == before + 1, "the task waits for its turn");
        var aborted = server.Aborts.NextAsync();
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        await aborted.EndsAsync();
        release.SetResult();

        await holding;
        // A task that comes after it is stored later than it would have been.
        await server.CreateWaitingAsync("after");
        var found = await server.GetAsync("/tasks/v1/?functionName=gone");
        Assert.Equal((HttpStatusCode.OK, 0), (found.Status, found.Json.GetProperty("page").GetProperty("total").GetInt32()));
        Assert.Equal(0, room.Tasks);
    }

    /// <summary>A server whose commits a test holds up.</summary>
    public sealed class SlowServer : ApiServer
    {
        internal WatchedReader Reader => Services.GetRequiredService<WatchedReader>();

        internal WatchedCommits Commits => Services.GetRequiredService<WatchedCommits>();

        internal AbortWatch Aborts { get; } = new();

        private protected override void Change(IServiceCollection services)
        {
            services.Watch<ICommitStore, WatchedCommits>(static store => new(store))
                .Watch<ITaskReader, WatchedReader>(static store => new(store));
            services.AddSingleton<IStartupFilter>(Aborts);
        }
    }

    /// <summary>Tells when the server has noticed that a caller hung up.</summary>
    internal sealed class AbortWatch : IStartupFilter
    {
        private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task NextAsync() => (_next = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(async (context, then) =>
            {
                // It is registered first and so called last, when all others have been told.
                await using var watch = context.RequestAborted.Register(() => _next.TrySetResult());
                await then(context);
            });
            next(app);
        };
    }
}
