using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Contracts;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The schedules resource; each test uses functions of its own.</summary>
[Collection(ApiServer.Collection)]
public class ScheduleTests(ApiServer server)
{
    private const string Schedules = "/tasks/v1/schedules";
    private const string Unknown = "507f1f77bcf86cd799439011";

    [Theory]
    [InlineData(Schedules)]
    [InlineData(Schedules + "/")]
    public async Task A_schedule_of_the_required_fields_alone_has_the_defaults_and_no_absent_field(string path)
    {
        var made = await server.PostAsync(path, """{"functionName":"bare","interval":86400}""");

        Assert.Equal((HttpStatusCode.OK, "application/json"), (made.Status, made.ContentType));
        Assert.Equal(
            ["id", "interval", "functionName", "tags", "startTimestamp", "nextTimestamp", "catchUp", "overlap", "paused",
                "creationTimestamp", "updateTimestamp"],
            made.Json.EnumerateObject().Select(static property => property.Name));
        Assert.Matches("^[0-9a-f]{24}$", made.Json.GetProperty("id").GetString());
        Assert.Equal(
            ("one", "allow", false),
            (Text(made.Json, "catchUp"), Text(made.Json, "overlap"), made.Json.GetProperty("paused").GetBoolean()));
        Assert.Equal(Text(made.Json, "startTimestamp"), Text(made.Json, "nextTimestamp"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", Text(made.Json, "startTimestamp"));
    }

    [Fact]
    public async Task A_schedule_with_everything_is_answered_and_listed_as_it_was_sent()
    {
        var made = await server.PostAsync(Schedules, """
            {"functionName":"whole","cron":"0 8 * * MON-FRI","timeZone":"Europe/Brussels","startTimestamp":"2999-03-30T00:00:00+02:00",
            "data":{"n":12345678901234567890123,"Key":"ü"},
            "priority":-9007199254740991,"tags":["a","<ü>"],"catchUp":"all","overlap":"skip"}
            """);
        var schedule = made.Json;

        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal(
            ("0 8 * * MON-FRI", "Europe/Brussels", "2999-03-29T22:00:00.000Z"),
            (Text(schedule, "cron"), Text(schedule, "timeZone"), Text(schedule, "startTimestamp")));
        Assert.Equal("""{"n":12345678901234567890123,"Key":"ü"}""", schedule.GetProperty("data").GetRawText());
        Assert.Equal(
            (-9007199254740991, "all", "skip", false),
            (schedule.GetProperty("priority").GetInt64(), Text(schedule, "catchUp"), Text(schedule, "overlap"),
                schedule.GetProperty("paused").GetBoolean()));
        Assert.Equal(["a", "<ü>"], schedule.GetProperty("tags").EnumerateArray().Select(static tag => tag.GetString()));
        Assert.False(schedule.TryGetProperty("createdByUserId", out _));
        var listed = (await server.GetAsync($"{Schedules}/?eq(functionName,whole)")).Json;
        Assert.Equal(made.Text, Assert.Single(listed.GetProperty("data").EnumerateArray()).GetRawText());
    }

    [Fact]
    public async Task Schedules_are_listed_by_pages_newest_first()
    {
        List<string> ids = [];
        for (var i = 0; i < 25; i++)
        {
            ids.Insert(0, await CreateAsync("paged"));
        }

        var first = (await server.GetAsync($"{Schedules}?eq(functionName,paged)")).Json;
        Assert.Equal("""{"total":25,"offset":0,"limit":20}""", first.GetProperty("page").GetRawText());
        Assert.Equal(ids[..20], Ids(first));
        Assert.Equal(ids[20..23], Ids((await server.GetAsync($"{Schedules}/?eq(functionName,paged)&limit(3,20)")).Json));
        Assert.Equal([ids[7]], Ids((await server.GetAsync($"{Schedules}/?eq(id,{ids[7]})")).Json));
        Assert.Empty(Ids((await server.GetAsync($"{Schedules}/?eq(id,none)")).Json));
        (await server.GetAsync($"{Schedules}/?eq(status,new)")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
        (await server.GetAsync($"{Schedules}/?catchUp=never")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
        Assert.Equal($$"""[{"id":"{{ids[24]}}","interval":60}]""",
            (await server.GetAsync(
                $"{Schedules}/?gt(functionName,pagec)&lt(functionName,pagee)&sort(creationTimestamp)&limit(1)&select(id,interval)"))
                .Json.GetProperty("data").GetRawText());
        (await server.GetAsync($"{Schedules}/?gt(interval,a)")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
        (await server.GetAsync($"{Schedules}/?limit(x)")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    [Fact]
    public async Task A_schedule_is_paused_resumed_and_deleted()
    {
        var id = await CreateAsync("switched");

        foreach (var (call, isPaused) in new[] { ("pause", true), ("pause", true), ("resume", false), ("resume/", false) })
        {
            Assert.Equal("""{"affectedRecords":1}""", (await server.PostAsync($"{Schedules}/{id}/{call}", "{}")).Text);
            var schedule = Assert.Single((await server.GetAsync($"{Schedules}/?eq(id,{id})")).Json.GetProperty("data").EnumerateArray());
            Assert.Equal(
                (isPaused, !isPaused), (schedule.GetProperty("paused").GetBoolean(), schedule.TryGetProperty("nextTimestamp", out _)));
        }

        Assert.Equal("""{"affectedRecords":1}""", (await DeleteAsync(id)).Text);
        (await DeleteAsync(id)).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync($"{Schedules}/{id}/pause")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync($"{Schedules}/{Unknown}/resume")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await DeleteAsync("none")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }

    [Theory]
    [InlineData(null, 13)]
    [InlineData("[]", 22)]
    [InlineData("{", 22)]
    [InlineData("{}", 14)]
    [InlineData("""{"interval":60}""", 14)]
    [InlineData("""{"functionName":"bad"}""", 14)]
    [InlineData("""{"functionName":"bad","interval":null}""", 14)]
    [InlineData("""{"functionName":"bad","interval":0}""", 15)]
    [InlineData("""{"functionName":"bad","interval":1.5}""", 15)]
    [InlineData("""{"functionName":"bad","interval":"60"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":1e30}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"cron":"* * * * *"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"timeZone":"UTC"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * *"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":5}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"\ud800 * * * *"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"0 0 30 2 *"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"Mars/Olympus"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"Europe"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"America/Argentina"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"europe/dublin"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"right/UTC"}""", 15)]
    [InlineData("""{"functionName":"bad","cron":"* * * * *","timeZone":"Europe/Dublin\u0000"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"startTimestamp":"soon"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"data":[]}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"priority":9007199254740992}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"tags":"a"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"catchUp":"some"}""", 15)]
    [InlineData("""{"functionName":"bad","interval":60,"overlap":true}""", 15)]
    public async Task A_body_that_is_no_schedule_is_refused_with_its_code(string? body, int code)
    {
        (await server.PostAsync(Schedules, body)).IsBodyError(code);
    }

    [Fact]
    public async Task A_schedule_that_is_paused_still_runs_when_somebody_says_so()
    {
        var made = await server.PostAsync(
            Schedules, """{"functionName":"run-now","interval":3600,"data":{"n":1.50},"priority":4,"tags":["b","a"]}""");
        var id = Text(made.Json, "id");
        await server.PostAsync($"{Schedules}/{id}/pause");

        var task = await server.PostAsync($"{Schedules}/{id}/run");

        Assert.Equal(
            ("run-now", """{"n":1.50}""", 4, """["b","a"]"""),
            (Text(task.Json, "functionName"), task.Json.GetProperty("data").GetRawText(), task.Json.GetProperty("priority").GetInt32(),
                task.Json.GetProperty("tags").GetRawText()));
        Assert.Equal(Text(task.Json, "creationTimestamp"), Text(task.Json, "startTimestamp"));
        (await server.PostAsync($"{Schedules}/507f1f77bcf86cd799439011/run")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync($"{Schedules}/hello/run")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }

    [Fact]
    public async Task A_schedule_that_the_server_paused_says_why()
    {
        var id = await CreateAsync("misty");
        var schedules = server.Services.GetRequiredService<IScheduleStore>();
        Assert.True(await schedules.PauseAsync(
            (await schedules.FindAsync(TaskId.Parse(id)))!, isPaused: true, null, 1, "Its ticks cannot be computed: here."));

        var listed = (await server.GetAsync($"{Schedules}/?eq(functionName,misty)")).Json.GetProperty("data");
        Assert.Equal("Its ticks cannot be computed: here.", Text(Assert.Single(listed.EnumerateArray()), "pauseReason"));
    }

    [Fact]
    public async Task A_start_long_ago_in_a_zone_whose_summer_is_the_standard_is_answered()
    {
        var made = await server.PostAsync(Schedules,
            """
            {"functionName":"dublin","cron":"0 1 * * SUN","timeZone":"Europe/Dublin","startTimestamp":"2025-01-01T00:00:00Z",
            "catchUp":"all"}
            """);

        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"{Schedules}/?eq(functionName,dublin)")).Status);
        Assert.Equal(HttpStatusCode.OK, (await DeleteAsync(Text(made.Json, "id"))).Status);
    }

    [Fact]
    public async Task Every_second_a_task_is_made_and_run_until_the_schedule_is_deleted()
    {
        var schedule = (await server.PostAsync(Schedules, """{"functionName":"ticking","interval":1,"data":{"n":1}}""")).Json;
        var (id, start) = (Text(schedule, "id"), Time(schedule, "startTimestamp"));
        await Eventually.TrueAsync(
            async () => (await TasksAsync("ticking")).Count(static task => Text(task, "status") == "complete") >= 3,
            "three ticks have run");

        Assert.Equal(HttpStatusCode.OK, (await DeleteAsync(id)).Status);
        var tasks = await TasksAsync("ticking");
        Assert.Equal(
            Enumerable.Range(0, tasks.Count).Select(second => start.AddSeconds(second)),
            tasks.Select(static task => Time(task, "startTimestamp")).Reverse());
        Assert.All(tasks, static task => Assert.True(Time(task, "creationTimestamp") >= Time(task, "startTimestamp")));
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(tasks.Count, (await TasksAsync("ticking")).Count);
    }

    private async Task<string> CreateAsync(string function) =>
        Text((await server.PostAsync(
            Schedules, $$"""{"functionName":"{{function}}","interval":60,"startTimestamp":"2999-01-01T00:00:00Z"}""")).Json, "id");

    private Task<Answer> DeleteAsync(string id) => server.SendAsync(new(HttpMethod.Delete, $"{Schedules}/{id}"));

    private async Task<List<JsonElement>> TasksAsync(string function) =>
        [.. (await server.GetAsync($"/tasks/v1/?eq(functionName,{function})&limit(50)")).Json.GetProperty("data").EnumerateArray()];

    private static IEnumerable<string> Ids(JsonElement list) =>
        list.GetProperty("data").EnumerateArray().Select(static one => Text(one, "id"));

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static DateTimeOffset Time(JsonElement json, string name) =>
        DateTimeOffset.Parse(Text(json, name), CultureInfo.InvariantCulture);
}

/// <summary>The API key tells who makes a schedule.</summary>
public class GuardedScheduleTests(GuardedServer server) : IClassFixture<GuardedServer>
{
    [Fact]
    public async Task The_tasks_of_a_schedule_tell_which_application_made_the_schedule()
    {
        var made =
            (await server.SendAsAsync("planner", "POST", "/tasks/v1/schedules", """{"functionName":"owned","interval":86400}""")).Json;
        var planner = new ApiKey { Name = "planner", Hash = default, Permissions = [] }.Caller.ApplicationId;
        Assert.Equal(planner, made.GetProperty("createdByApplicationId").GetString());

        JsonElement[] tasks = [];
        await Eventually.TrueAsync(async () => (tasks = [.. (await server.SendAsAsync("viewer", "GET", "/tasks/v1/?eq(functionName,owned)"))
            .Json.GetProperty("data").EnumerateArray()]).Length == 1, "the first tick makes its task");
        Assert.Equal(planner, tasks[0].GetProperty("createdByApplicationId").GetString());
    }
}
