using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Tool;

/// <summary>What each command asks the server for.</summary>
public sealed class CommandTests : IDisposable
{
    private const string Id = "507f1f77bcf86cd799439011";
    private const string Other = "507f1f77bcf86cd799439012";
    private const string Empty = """{"query":"{}","page":{"total":0,"offset":0,"limit":20},"data":[]}""";

    private static readonly DateTimeOffset s_now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ToolRun _tool = new();

    public void Dispose() => _tool.Dispose();

    [Theory]
    [InlineData("?limit(20,0)")]
    [InlineData("?in(status,failed,new)&limit(20,0)", "--status", "failed,new")]
    [InlineData("?in(status,failed,new)&limit(20,0)", "--status", "failed", "--status", "new")]
    [InlineData("?eq(functionName,hello)&limit(5,40)", "-f", "hello", "-n", "5", "--offset", "40")]
    [InlineData("?eq(functionName,a%253A1)&limit(20,0)", "--function", "a:1")]
    [InlineData("?contains(tags,a%252Cb)&contains(tags,c)&limit(20,0)", "-t", "a,b", "-t", "c")]
    [InlineData("?ge(creationTimestamp,2030-01-01T11%253A00%253A00.000Z)&limit(20,0)", "--since", "1h")]
    [InlineData("?lt(creationTimestamp,2029-01-01T00%253A00%253A00.000Z)&limit(20,0)", "--until", "2029-01-01")]
    [InlineData("?data.n%3E5&or(a=1,b=2)&sort(-priority)&limit(20,0)", "--rql", "data.n>5&or(a=1,b=2)", "--sort", "-priority")]
    [InlineData("?reference=a%23b&limit(20,0)", "--rql", "reference=a#b")]
    public async Task A_list_is_asked_for_in_RQL(string query, params string[] args)
    {
        _tool.Time = new FakeTimeProvider(s_now);
        _tool.Api.On("GET ", Empty);

        Assert.Equal(0, (await _tool.RunAsync(["list", .. args])).Code);

        Assert.Equal([$"GET {query}"], _tool.Api.Requests);
    }

    [Theory]
    [InlineData("""{"name":"world"}""", "")]
    [InlineData("-", """{"name":"world"}""")]
    public async Task A_task_is_scheduled_with_its_data(string data, string input)
    {
        _tool.Input = input;
        _tool.Time = new FakeTimeProvider(s_now);
        _tool.Api.Store();

        var ran = await _tool.RunAsync(
            "schedule", "hello", data, "--at", "1h30m", "--priority", "-5", "-t", "a", "-t", "b c", "--reference", "r", "--id", Id);

        Assert.Equal((0, $"{Id}\n"), (ran.Code, ran.Output));
        Assert.Equal(
            $$"""
            {"taskId":"{{Id}}","functionName":"hello","data":{"name":"world"},"startTimestamp":"2030-01-01T13:30:00Z","priority":-5,
            """ + """
            "tags":["a","b c"],"reference":"r"}
            """,
            Assert.Single(_tool.Api.Bodies));
    }

    [Fact]
    public async Task Data_comes_from_a_file()
    {
        var file = Path.Combine(_tool.ConfigFolder, "data.json");
        await File.WriteAllTextAsync(file, """{"n":12345678901234567890}""");
        _tool.Api.Store();

        Assert.Equal(0, (await _tool.RunAsync("schedule", "hello", $"@{file}")).Code);
        Assert.Contains(""","data":{"n":12345678901234567890}}""", Assert.Single(_tool.Api.Bodies), StringComparison.Ordinal);
        Assert.Equal(2, (await _tool.RunAsync("schedule", "hello", $"@{file}.not")).Code);
    }

    [Fact]
    public async Task Each_line_is_a_task_and_its_id_is_written()
    {
        _tool.Api.Store();
        _tool.Input = string.Join('\n', Enumerable.Range(0, 1_200).Select(static n => $$"""{"n":{{n}}}"""));

        var ran = await _tool.RunAsync("schedule", "hello", "--lines", "-", "--idempotency-key", "run 7");

        Assert.Equal((0, 1_200), (ran.Code, ran.Lines.Distinct().Count()));
        Assert.Equal(
            [500, 500, 200], _tool.Api.Bodies.Select(static body => JsonElement.Parse(body).GetProperty("tasks").GetArrayLength()));
        Assert.Equal(TaskId.FromKey("run 7/1200").ToString(), ran.Lines[^1]);
    }

    [Fact]
    public async Task Whole_tasks_come_in_lines_and_what_is_wrong_names_its_line_and_how_to_go_on()
    {
        _tool.Api.Store();
        _tool.Input = """
            {"functionName":"a","data":{"n":1},"tags":["x"],"priority":3,"startTimestamp":"2030-01-01T00:00:00Z"}

            {"functionName":"b","dta":{}}
            {"functionName":"c"}
            """;

        var ran = await _tool.RunAsync("schedule", "--lines", "-");

        Assert.Equal(2, ran.Code);
        Assert.Single(ran.Lines);
        Assert.Contains("Line 3: A task has no field 'dta'.", ran.Error, StringComparison.Ordinal);
        Assert.Contains("--skip 1", ran.Error, StringComparison.Ordinal);

        _tool.Input = """
            {"functionName":"a"}
            {"functionName":"b"}
            """;
        var rest = await _tool.RunAsync("schedule", "--lines", "-", "--skip", "1", "--json");
        Assert.Equal(2, JsonElement.Parse(Assert.Single(rest.Lines)).GetProperty("line").GetInt32());
    }

    [Fact]
    public async Task Ids_come_from_the_first_words_of_lines_such_as_those_of_list()
    {
        _tool.Api.On($"POST {Id}/cancel", """{"affectedRecords":1}""")
            .Refuse($"POST {Other}/cancel", 400, 27, "ILLEGAL_STATE_EXCEPTION")
            .On($"GET {Other}", $$"""{"id":"{{Other}}","status":"complete"}""");
        _tool.Input = $"{Id}\tnew\thello\n\n{Other}\tnew\thello\n";

        var ran = await _tool.RunAsync("cancel", "-");

        Assert.Equal([$"{Id}\tcanceled\tyes", $"{Other}\tcomplete\tno"], ran.Lines);
        Assert.Equal(2, ran.Code);
        Assert.Contains("it is complete, and only a new task can be canceled", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rerun_names_the_new_task_first()
    {
        _tool.Api.On($"POST {Id}/rerun", $$"""{"id":"{{Other}}","status":"new"}""");

        Assert.Equal($"{Other}\t{Id}\n", (await _tool.RunAsync("rerun", Id)).Output);
        Assert.Equal($$"""{"id":"{{Other}}","reruns":"{{Id}}"}{{"\n"}}""", (await _tool.RunAsync("rerun", Id, "--json")).Output);
    }

    [Fact]
    public async Task What_is_done_of_many_is_written_when_one_is_refused()
    {
        _tool.Api.On($"POST {Id}/rerun", $$"""{"id":"{{Other}}","status":"new"}""");

        var ran = await _tool.RunAsync("rerun", Id, "507f1f77bcf86cd799439019");

        Assert.Equal((6, $"{Other}\t{Id}\n"), (ran.Code, ran.Output));
        Assert.StartsWith(
            "tasksbus: 1 of 2 tasks are left as they are. 507f1f77bcf86cd799439019: There is no", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_gone_or_closed_ends_a_command_for_many()
    {
        _tool.Api.Refuse($"POST {Id}/cancel", 401, 10, "NO_PERMISSION_EXCEPTION");

        var ran = await _tool.RunAsync(["cancel", .. Enumerable.Repeat(Id, 100)]);

        Assert.Equal((7, ""), (ran.Code, ran.Output));
        Assert.True(_tool.Api.Requests.Count <= 16, $"{_tool.Api.Requests.Count} requests");
    }

    [Fact]
    public async Task Logs_are_followed_through_retries()
    {
        _tool.Api
            .On($"GET {Id}/end", $$"""{"id":"{{Id}}","status":"retried","retriedByTaskId":"{{Other}}"}""")
            .On($"GET {Other}/end", $$"""{"id":"{{Other}}","status":"complete"}""")
            .On($"GET {Id}/logs", """{"data":[{"message":"first","timestamp":"2026-01-01T00:00:00.000Z"}]}""")
            .Refuse($"GET {Other}/logs", 400, 1408);

        var ran = await _tool.RunAsync("logs", Id, "--follow");

        Assert.Equal((0, "first\n", "The function printed nothing.\n"), (ran.Code, ran.Output, ran.Error));
    }

    [Fact]
    public async Task Functions_and_schedules_are_listed_shown_and_changed()
    {
        _tool.Api.On("GET functions", """{"data":[{"name":"greet","updateTimestamp":"2026-01-01T00:00:00.000Z"}]}""")
            .On(
                "GET functions/greet",
                """{"name":"greet","enabled":false,"timeLimit":30,"environmentVariables":{"TOKEN":{"value":"hidden"}}}""")
            .On("POST functions/greet/disable", """{"affectedRecords":1}""")
            .On("PUT functions/a%3A1/pool", """{"affectedRecords":1}""")
            .On("GET schedules", $$"""{"data":[{"id":"{{Id}}","functionName":"greet","interval":60,"paused":true}]}""")
            .On($"POST schedules/{Id}/resume", """{"affectedRecords":1}""")
            .On($"DELETE schedules/{Id}", """{"affectedRecords":1}""")
            .On($"POST schedules/{Id}/run", $$"""{"id":"{{Other}}"}""");

        Assert.Equal("greet\t2026-01-01T00:00:00.000Z\t\n", (await _tool.RunAsync("functions", "list")).Output);
        var shown = await _tool.RunAsync("functions", "show", "greet");
        Assert.Equal(["name\tgreet", "status\tdisabled", "timeLimit\t30 s", "retries\tno", "environment\tTOKEN"], shown.Lines);
        Assert.Equal("The function greet is disabled.\n", (await _tool.RunAsync("functions", "disable", "greet")).Error);
        Assert.Equal(0, (await _tool.RunAsync("functions", "pool", "a:1", "gpu")).Code);
        Assert.Equal("""{"pool":"gpu"}""", _tool.Api.Bodies[^1]);
        Assert.Equal($"{Id}\tpaused\tgreet\t60 s\t\n", (await _tool.RunAsync("schedules", "list")).Output);
        Assert.Contains("every\t60 s", (await _tool.RunAsync("schedules", "show", Id)).Lines);
        Assert.Equal(0, (await _tool.RunAsync("schedules", "resume", Id)).Code);
        Assert.Equal($"{Other}\n", (await _tool.RunAsync("schedules", "run", Id)).Output);
        Assert.Equal(0, (await _tool.RunAsync("schedules", "delete", Id)).Code);
    }

    [Fact]
    public async Task A_watch_of_a_task_shows_each_change()
    {
        _tool.Api
            .On($"GET {Id}/state", """{"wait":{"reason":"notDue","message":"It starts later."}}""")
            .On($"GET {Id}/state", """{"wait":{"reason":"noWorker","message":"No worker."}}""")
            .On($"GET {Id}/state", "{}")
            .On($"GET {Id}", """{"status":"new","statusChangedTimestamp":"1"}""")
            .On($"GET {Id}", """{"status":"new","statusChangedTimestamp":"1"}""")
            .On($"GET {Id}", """{"status":"inProgress","statusChangedTimestamp":"2"}""")
            .On($"GET {Id}", """{"status":"failed","statusChangedTimestamp":"3","error":{"name":"E","message":"why"}}""");

        var ran = await _tool.RunAsync("watch", Id, "--interval", "0s");

        Assert.Equal(3, ran.Code);
        Assert.Equal(
            [
                $"1\t{Id}\tnew\tnotDue: It starts later.", $"1\t{Id}\tnew\tnoWorker: No worker.", $"2\t{Id}\tinProgress\t",
                $"3\t{Id}\tfailed\tE: why",
            ],
            ran.Lines);
    }

    [Fact]
    public async Task The_status_is_shown_by_pool_and_worker()
    {
        _tool.Api.On("GET status", """
            {"timestamp":"2030-01-01T08:00:00.000Z","dispatcher":{"epoch":7,"leaseEndTimestamp":"2030-01-01T08:00:06.120Z"},"running":12,
             "eventsToPublish":3,"pools":[{"name":"default","due":840,"later":3100,"oldestDueTimestamp":"2030-01-01T07:59:58.401Z"}],
             "workers":[{"id":"0c7e","pool":"default","host":"node-3","version":"1.0.0","slots":12,"running":12}]}
            """);

        var ran = await _tool.RunAsync("status");
        Assert.Contains("pool\tdefault\t840\t3100\t2030-01-01T07:59:58.401Z", ran.Lines);
        Assert.Contains("worker\t0c7e\tdefault\tnode-3\t1.0.0\t12\t12", ran.Lines);

        var watched = await _tool.RunAsync("watch", "--count", "2", "--interval", "0s");
        Assert.Equal("2030-01-01T08:00:00.000Z\t12\t840\t3100\t1\t12\t3\t2030-01-01T07:59:58.401Z", watched.Lines[1]);
        Assert.Equal(2, watched.Lines.Length);
    }
}
