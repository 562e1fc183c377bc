using System.Globalization;
using System.Text.Json;
using CsCheck;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Query;
using TasksBus.Storage;
using TasksBus.Tests.Storage;
using Xunit;

namespace TasksBus.Tests.Query;

/// <summary>Either store finds what the query means.</summary>
public abstract class QueryTests : IAsyncLifetime
{
    private readonly StoredEngine _engine;

    private protected QueryTests(StoredEngine engine) => _engine = engine;

    [Fact]
    public async Task Random_queries_find_among_random_tasks_what_a_plain_evaluation_finds()
    {
        await RandomTasks.StoreAsync(_engine, 80);
        var tasks = await AllAsync();
        var shown = tasks.ConvertAll(static task => JsonElement.Parse(TaskJson.ToBytes(task)));
        RandomQueries queries = new(
            [.. tasks.Take(6).Select(static task => task.Id.ToString()), .. tasks.SelectMany(static task =>
                task.RetryForTaskIds.Append(task.RetriedByTaskId ?? task.Id)).TakeLast(4).Select(static id => id.ToString())],
            [.. shown.SelectMany(static task => new[] { "startTimestamp", "creationTimestamp", "updateTimestamp" }.Select(
                name => DateTimeOffset.Parse(task.GetProperty(name).GetString()!, CultureInfo.InvariantCulture))).Distinct()]);

        await queries.Pages().SampleAsync(async asked =>
        {
            var page = await _engine.Store.FindAsync(asked.Rql);

            var expected = shown.Where(task => asked.Conditions.All(condition => condition.Holds(task))).ToList();
            Assert.Equal(asked.SkipsCount ? null : expected.Count, page.Total);
            // Where nothing else decides, the newest comes first, which is the order in which they were read.
            var ordered = expected.Order(Comparer<JsonElement>.Create((one, other) =>
                asked.Sort.Select(key => PlainEvaluation.Order(one, other, key.Path, key.IsDescending))
                    .FirstOrDefault(static order => order != 0))).ToList();
            Assert.Equal(
                ordered.Skip(asked.Offset).Take(Math.Min(asked.Limit, 50)).Select(static task => task.GetProperty("id").GetString()),
                page.Tasks.Select(static task => task.Id.ToString()));
        }, iter: 400, time: Fuzzing.Seconds, threads: 1);
    }

    [Fact]
    public async Task Pages_that_begin_after_a_task_show_every_task_once()
    {
        await RandomTasks.StoreAsync(_engine, 30);
        foreach (var text in new[] { "", "eq(status,new)", "or(eq(status,new),like(functionName,e))", "ne(status,new)" })
        {
            var query = RqlQuery.Parse(text, RqlSchema.Tasks).Query with { SkipsCount = true };
            var all = (await _engine.Store.FindAsync(query with { Limit = 100 }, default)).Tasks.Select(static task => task.Id);
            List<TaskRecord> walked = [];
            while ((await _engine.Store.FindAsync(query with { Limit = 4, Before = walked.LastOrDefault()?.Number }, default)).Tasks
                is { Count: > 0 } page)
            {
                walked.AddRange(page);
            }

            Assert.Equal(all, walked.Select(static task => task.Id));
        }
    }

    [Fact]
    public async Task Any_text_is_a_query_or_is_refused_and_never_an_error_of_the_database()
    {
        await RandomTasks.StoreAsync(_engine, 10);

        await Fuzzing.Texts.SampleAsync(async text =>
        {
            var (query, error) = RqlQuery.Parse(text, RqlSchema.Tasks);
            if (error is null)
            {
                await _engine.Store.FindAsync(query, default);
            }
        }, iter: 1_500, time: Fuzzing.Seconds, threads: 1);
    }

    /// <summary>PostgreSQL keeps such escapes, but refuses to look into JSON that has them.</summary>
    [Fact]
    public async Task Data_with_escapes_that_a_database_cannot_hold_is_found_by_what_else_is_in_it()
    {
        string[] data =
        [
            """{"a":"x\u0000y","n":0}""", """{"a":"\uD800","n":1}""", """{"a":"\\u0000","n":2}""", """{"a":"\ud83d\ude42","n":3}""",
            """{"\u0000":1,"n":4}""", """{"a":"x\\\u0000","n":5}""",
            """{"a":"\ude42\ud83d","n":6}""", """{"a":["\udc00",{"b":"\ud83d\ud83d\ude42"}],"n":7}""",
        ];
        List<TaskId> ids = [];
        foreach (var text in data)
        {
            ids.Add(await _engine.ScheduleAsync(new() { FunctionName = "greet", Data = JsonElement.Parse(text) }));
        }

        for (var n = 0; n < ids.Count; n++)
        {
            await FindsAsync($"data.n={n}", n);
        }

        await FindsAsync($"data.a={RandomQueries.Encoded("\\u0000")}", 2);
        await FindsAsync($"data.a={RandomQueries.Encoded("🙂")}", 3);
        await FindsAsync($"like(data.a.b,{RandomQueries.Encoded("🙂")})", 7);
        await FindsAsync("like(data.a,x)", 5, 0);
        await FindsAsync("contains(data.a)", 7, 6, 5, 3, 2, 1, 0);
        await FindsAsync("data.a=x%2500y");
        await FindsAsync("data.a=%25EF%25BF%25BF");
        await FindsAsync("in(data.a,%25ED%25A0%2580,%2500)");
        await FindsAsync("contains(data.%2500)");
        await FindsAsync("data.a!=x%2500y&limit(3)", 7, 6, 5);
        await FindsAsync("sort(data.n,data.a)", 0, 1, 2, 3, 4, 5, 6, 7);

        async Task FindsAsync(string rql, params int[] expected) =>
            Assert.Equal(expected.Select(n => ids[n]), (await _engine.Store.FindAsync(rql)).Tasks.Select(static task => task.Id));
    }

    [Fact]
    public async Task Numbers_of_any_size_are_compared_or_left_out()
    {
        string[] numbers = [
            "1e-999999", "-12345678901234567890.5", "0.1", "9007199254740993", "12345678901234567890.10", "1e300", "1e999999",
            new('9', 1_000)];
        List<TaskId> ids = [];
        foreach (var number in numbers)
        {
            ids.Add(await _engine.ScheduleAsync(new() { FunctionName = "greet", Data = JsonElement.Parse($$"""{"n":{{number}}}""") }));
        }

        Assert.Equal(ids[2], Assert.Single((await _engine.Store.FindAsync("data.n=0.10")).Tasks).Id);
        Assert.Equal(ids[3], Assert.Single((await _engine.Store.FindAsync("data.n=9007199254740993")).Tasks).Id);
        Assert.Empty((await _engine.Store.FindAsync("data.n=9007199254740992")).Tasks);
        Assert.Equal(ids[4], Assert.Single((await _engine.Store.FindAsync("data.n=12345678901234567890.1")).Tasks).Id);
        Assert.Equal(ids[5], Assert.Single((await _engine.Store.FindAsync("data.n=number:1e300")).Tasks).Id);
        Assert.Equal(
            [ids[4], ids[3]],
            (await _engine.Store.FindAsync("gt(data.n,9007199254740992.5)&lt(data.n,number:1e299)")).Tasks.Select(static task => task.Id));
        Assert.Equal(ids.Count, (await _engine.Store.FindAsync("sort(data.n)")).Tasks.Count);
    }

    [Theory]
    [InlineData("or", "and")]
    [InlineData("or", "contains(data.a")]
    [InlineData("contains(data.a", "excludes(data.b")]
    public async Task The_deepest_and_longest_query_that_is_understood_is_answered(string outer, string inner)
    {
        var id = await _engine.ScheduleAsync(
            new() { FunctionName = "greet", Tags = ["a"], Data = JsonElement.Parse("""{"a":{"a":1},"c":1}""") });
        var condition = "ne(data.c,2)";
        for (var depth = 1; depth < 16; depth++)
        {
            var name = depth % 2 == 0 ? outer : inner;
            condition = name.Contains('(') ? $"{name},{condition})" : $"{name}(data.c=7,{condition},data.c.c=1)";
        }

        await _engine.Store.FindAsync(condition);
        Assert.Equal(
            [id], (await _engine.Store.FindAsync(
                $"or({string.Join(',', Enumerable.Range(0, 98).Select(static n => $"data.x.y.z={n}"))},data.c=1)"))
                .Tasks.Select(static task => task.Id));
        foreach (var (property, values) in new[]
        {
            ("data.c", Enumerable.Range(0, 2_000).Select(static n => $"{n}")),
            ("tags.0", Enumerable.Range(0, 2_000).Select(static n => n == 0 ? "a" : $"{n}")),
        })
        {
            Assert.Equal(
                [id], (await _engine.Store.FindAsync($"in({property},{string.Join(',', values)})")).Tasks.Select(static task => task.Id));
        }

        Assert.Empty((await _engine.Store.FindAsync(
            $"in(creationTimestamp,{string.Join(',', Enumerable.Range(0, 2_000).Select(static n => $"epoch:{n}"))})")).Tasks);
    }

    public Task InitializeAsync() => _engine.StartAsync();

    public async Task DisposeAsync() => await _engine.DisposeAsync();

    /// <summary>All tasks, newest first.</summary>
    private async Task<List<TaskRecord>> AllAsync()
    {
        List<TaskRecord> tasks = [];
        while (await _engine.Store.FindAsync($"limit(50,{tasks.Count})") is { Tasks.Count: > 0 } page)
        {
            tasks.AddRange(page.Tasks);
        }

        return tasks;
    }
}
