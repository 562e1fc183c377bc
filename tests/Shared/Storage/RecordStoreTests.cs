using TasksBus.Contracts;
using TasksBus.Lifecycle;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.Tests.Storage;

/// <summary>What either store promises about recorded requests, logs and tasks that run at once.</summary>
public abstract class RecordStoreTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected RecordStoreTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task A_request_is_read_as_it_was_kept()
    {
        var at = new DateTimeOffset(2029, 5, 6, 7, 8, 9, TimeSpan.Zero).AddMicroseconds(123);
        var whole = new ApiRequest(
            TaskId.New(), "greet", "POST", "a/ü?q='%", "0123456789abcdef01234567", "abcdef0123456789abcdef01", 418, at,
            TimeSpan.FromMicroseconds(1_234_567),
            new(TaskErrorTypes.Runtime, "E", "it's \"bad\""), new("line\n", at.AddSeconds(1), "request-id"));
        var bare = new ApiRequest(TaskId.New(), "greet", "GET", "", null, null, 200, at.AddSeconds(2), TimeSpan.Zero, null, null);
        await _engine.Records.WriteAsync([whole, bare], default);

        var page = await FindAsync("");

        Assert.Equal(2, page.Total);
        Assert.Equal([bare, whole with { Log = null }], page.Requests);
        Assert.Equal((true, whole.Log), await _engine.Records.LogAsync(whole.Id, default));
        Assert.Equal((true, null), await _engine.Records.LogAsync(bare.Id, default));
        Assert.Equal((false, null), await _engine.Records.LogAsync(TaskId.New(), default));
    }

    [Fact]
    public async Task A_request_that_is_kept_twice_is_one()
    {
        var request = Request(0) with { Log = new("first", StoredEngine.Start) };
        await _engine.Records.WriteAsync([request], default);
        await _engine.Records.WriteAsync([request with { StatusCode = 404, Log = new("second", StoredEngine.Start) }, Request(1)], default);

        Assert.Equal(2, (await FindAsync("")).Total);
        Assert.Equal("first", (await _engine.Records.LogAsync(request.Id, default)).Log!.Text);
    }

    [Fact]
    public async Task Requests_are_found_by_queries_in_pages()
    {
        var requests = Enumerable.Range(0, 9).Select(static i => Request(i, i % 3 == 0 ? "rare" : "usual")).ToList();
        await _engine.Records.WriteAsync(requests, default);

        var page = await FindAsync("functionName=usual&limit(2,1)");
        Assert.Equal((6, requests[7].Id, requests[5].Id), (page.Total, page.Requests[0].Id, page.Requests[1].Id));
        Assert.Equal(requests[4].Id, (await FindAsync($"id={requests[4].Id}")).Requests.Single().Id);
        Assert.Equal(0, (await FindAsync($"id={requests[4].Id}&functionName=rare")).Total);
        Assert.Empty((await FindAsync($"limit(2,{long.MaxValue})")).Requests);
        Assert.Null((await FindAsync("skipCount()")).Total);
    }

    [Fact]
    public async Task Requests_are_found_by_each_of_their_properties()
    {
        var request = Request(0) with
        {
            Method = "PUT",
            Path = "a?b",
            UserId = "u",
            ApplicationId = "a",
            StatusCode = 404,
            Duration = TimeSpan.FromMicroseconds(1_234_567),
            Error = new(TaskErrorTypes.Runtime, "E", "it broke"),
        };
        await _engine.Records.WriteAsync([request, Request(1)], default);

        foreach (var query in new[]
        {
            "method=PUT", "like(path,b)", "userId=u", "applicationId=a", "gt(statusCode,403.5)", "lt(timestamp,2030-01-02T03:04:06Z)",
            "duration=1.234567", "gt(duration,1.2)", "error.name=E",
            "contains(error,name=E,like(message,broke))", "ne(userId,null)&contains(error)", "sort(-statusCode)&limit(1)",
        })
        {
            Assert.Equal([request.Id], (await FindAsync(query)).Requests.Select(static found => found.Id));
        }

        Assert.Empty((await FindAsync("method=POST")).Requests);
    }

    [Fact]
    public async Task The_log_of_a_task_is_kept_with_the_id_of_its_invocation()
    {
        var worker = await _engine.AddWorkerAsync();
        var logged = await RunAsync(worker, static (id, claim) => new FunctionReturned(id, claim, "said") { RequestId = "r-1" });
        var failed = await RunAsync(
            worker, static (id, claim) => new FunctionFailed(id, claim, new(TaskErrorTypes.Runtime, "E", "m"), null) { RequestId = "r-2" });
        var silent = await RunAsync(worker, static (id, claim) => new FunctionReturned(id, claim, null) { RequestId = "r-3" });

        Assert.Equal(("said", "r-1"), (await _engine.Store.LogAsync(logged, default)) is { } log ? (log.Text, log.RequestId) : default);
        Assert.Equal(("", "r-2"), (await _engine.Store.LogAsync(failed, default)) is { } trace ? (trace.Text, trace.RequestId) : default);
        Assert.Null(await _engine.Store.LogAsync(silent, default));

        var received = (await _engine.Store.LogAsync(logged, default))!.ReceivedAt;
        Assert.Equal(
            ["said", ""], (await _engine.Records.FunctionLogsAsync("direct", received.AddMinutes(-1), received.AddMinutes(1), 10, default))
                .Select(static each => each.Text).OrderDescending());
        Assert.Empty(await _engine.Records.FunctionLogsAsync("direct", received.AddMinutes(-2), received.AddMinutes(-1), 10, default));
        Assert.Empty(await _engine.Records.FunctionLogsAsync("other", received.AddMinutes(-1), received.AddMinutes(1), 10, default));
    }

    [Fact]
    public async Task A_result_is_kept_with_the_log_or_alone_and_is_no_log()
    {
        var worker = await _engine.AddWorkerAsync();
        var both = await RunAsync(
            worker, static (id, claim) => new FunctionReturned(id, claim, "said") { Result = new("""{"n":1.50}""", false) });
        var alone = await RunAsync(
            worker, static (id, claim) => new FunctionReturned(id, claim, null) { RequestId = "r", Result = new("[1]", false) });
        var dropped = await RunAsync(worker, static (id, claim) => new FunctionReturned(id, claim, null) { Result = new(null, true) });
        var none = await RunAsync(worker, static (id, claim) => new FunctionReturned(id, claim, "said"));

        Assert.Equal(("""{"n":1.50}""", false), await ResultOfAsync(both));
        Assert.Equal(("[1]", false), await ResultOfAsync(alone));
        Assert.Equal((null, true), await ResultOfAsync(dropped));
        Assert.Equal((null, false), await ResultOfAsync(none));
        Assert.Null(await _engine.Store.FindAsync(TaskId.New(), default));
        Assert.Equal("said", (await _engine.Store.LogAsync(both, default))?.Text);
        Assert.Null(await _engine.Store.LogAsync(alone, default));
        Assert.Null(await _engine.Store.LogAsync(dropped, default));
        Assert.Equal(
            ["said", "said"],
            (await _engine.Records.FunctionLogsAsync("direct", default, DateTimeOffset.MaxValue, 10, default))
                .Select(static log => log.Text));
    }

    [Fact]
    public async Task Logs_of_a_function_that_are_large_are_read_a_few_at_a_time()
    {
        var worker = await _engine.AddWorkerAsync();
        for (var i = 0; i < 3; i++)
        {
            var text = $"{i} {new string('x', 3 * 1024 * 1024)}";
            await RunAsync(worker, (id, claim) => new FunctionReturned(id, claim, text));
        }

        var logs = await _engine.Records.FunctionLogsAsync("direct", default, DateTimeOffset.MaxValue, 10, default);

        Assert.Equal(["0", "1"], logs.Select(static log => log.Text[..1]));
    }

    [Fact]
    public async Task A_task_that_runs_at_once_is_stored_only_under_the_functions_that_it_was_computed_from()
    {
        var worker = await _engine.AddWorkerAsync();
        await _engine.Model.ManageAsync("direct", static _ => { });
        await _engine.Store.RefreshFunctionsAsync(default);
        await _engine.Model.ManageAsync("direct", static row => row.TimeLimit = 7);
        List<TimeSpan> seen = [];
        var id = TaskId.New();

        var result = await _engine.Transitions.RaiseWithFunctionsAsync(id, EventKind.MakeTask, (_, functions) =>
        {
            seen.Add(functions.Of("direct").TimeLimit!.Value);
            return Execution(id, Guid.NewGuid(), worker);
        });

        Assert.Equal(TransitionOutcome.Applied, result.Outcome);
        Assert.Equal([TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(7)], seen);
        Assert.Equal((TaskStates.InProgress, 1), (await _engine.StateAsync(id), await _engine.RunningAsync(worker)));
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    private async Task<(string? Result, bool IsDropped)> ResultOfAsync(TaskId id)
    {
        var task = await _engine.Store.FindAsync(id, default);
        return (task!.Result, task.IsResultDropped);
    }

    private Task<ApiRequestPage> FindAsync(string rql)
    {
        var (query, error) = RqlQuery.Parse(rql, RqlSchema.ApiRequests);
        Assert.Null(error);
        return _engine.Records.FindAsync(query, default);
    }

    private static ApiRequest Request(int second, string function = "greet") =>
        new(TaskId.New(), function, "GET", "", null, null, 200, StoredEngine.Start.AddSeconds(second), TimeSpan.FromSeconds(1), null, null);

    private static TaskExecutedDirectly Execution(TaskId id, Guid claim, Guid worker) =>
        new(id.ToGuid(), new() { FunctionName = "direct" }, claim, worker, TimeSpan.FromMinutes(1));

    private async Task<TaskId> RunAsync(Guid worker, Func<Guid, Guid, object> report)
    {
        var (id, claim) = (TaskId.New(), Guid.NewGuid());
        await _engine.RaiseAsync(Execution(id, claim, worker));
        Assert.Equal(TransitionOutcome.Applied, (await _engine.RaiseAsync(report(id.ToGuid(), claim))).Outcome);
        return id;
    }
}
