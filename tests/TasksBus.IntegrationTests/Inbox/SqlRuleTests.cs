using System.Text.Json;
using Npgsql;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.IntegrationTests.Servers;
using TasksBus.Tests;
using Xunit;

namespace TasksBus.IntegrationTests.Inbox;

/// <summary>What SQL refuses is what HTTP refuses, in the same words.</summary>
[Collection(NeedsDatabase.Name)]
public sealed class SqlRuleTests(LocalServers servers) : IAsyncLifetime
{
    private TestDatabase _database = null!;

    public async Task InitializeAsync() => _database = await servers.CreateDatabaseAsync();

    public Task DisposeAsync() => _database.DisposeAsync().AsTask();

    /// <summary>Arguments of schedule_task, and the same task as JSON.</summary>
    public static TheoryData<string, string> BadTasks() => new()
    {
        { "null", "{}" },
        { "''", """{"functionName":""}""" },
        { "'a b'", """{"functionName":"a b"}""" },
        { "e'a\\n'", """{"functionName":"a\n"}""" },
        { "'ü'", """{"functionName":"ü"}""" },
        { "repeat('x', 171)", $$"""{"functionName":"{{new string('x', 171)}}"}""" },
        { "'f', '[1, 2]'", """{"functionName":"f","data":[1, 2]}""" },
        { "'f', '5'", """{"functionName":"f","data":5}""" },
        {
            "'f', json_build_object('a', repeat('x', 6029312))",
            $$$"""{"functionName":"f","data":{"a" : "{{{new string('x', 6_029_312)}}}"}}"""
        },
        { "'f', priority => 9007199254740992", """{"functionName":"f","priority":9007199254740992}""" },
        { "'f', priority => -9007199254740992", """{"functionName":"f","priority":-9007199254740992}""" },
        { "'f', priority => 1.5", """{"functionName":"f","priority":1.5}""" },
        { "'f', priority => 99999999999999999999", """{"functionName":"f","priority":99999999999999999999}""" },
        { "'f', tags => array['a', null]", """{"functionName":"f","tags":["a",null]}""" },
        { "'f', tags => array[repeat('x', 257)]", $$"""{"functionName":"f","tags":["{{new string('x', 257)}}"]}""" },
        {
            "'f', tags => array['ok', repeat('ü', 255) || '😀']",
            $$"""{"functionName":"f","tags":["ok","{{new string('ü', 255)}}😀"]}"""
        },
        {
            "'f', tags => array_fill('x'::text, array[101])",
            $$"""{"functionName":"f","tags":[{{string.Join(',', Enumerable.Repeat("\"x\"", 101))}}]}"""
        },
        { "'f', task_id => 'xyz'", """{"functionName":"f","taskId":"xyz"}""" },
        { "'f', task_id => ''", """{"functionName":"f","taskId":""}""" },
        {
            "'f', task_id => '000000000000000000000000'",
            """{"functionName":"f","taskId":"000000000000000000000000"}"""
        },
        {
            "'f', task_id => '507f1f77bcf86cd799439011', idempotency_key => 'k'",
            """{"functionName":"f","taskId":"507f1f77bcf86cd799439011","idempotencyKey":"k"}"""
        },
        { "'f', idempotency_key => ''", """{"functionName":"f","idempotencyKey":""}""" },
        { "'f', idempotency_key => repeat('k', 256)", $$"""{"functionName":"f","idempotencyKey":"{{new string('k', 256)}}"}""" },
        { "'f', idempotency_key => 'kü'", """{"functionName":"f","idempotencyKey":"kü"}""" },
        { "'f', reference => ''", """{"functionName":"f","reference":""}""" },
        { "'f', reference => repeat('x', 256)", $$"""{"functionName":"f","reference":"{{new string('x', 256)}}"}""" },
        { "'f', reference => repeat('x', 254) || '😀'", $$"""{"functionName":"f","reference":"{{new string('x', 254)}}😀"}""" },
        { "'f', publisher => ''", """{"functionName":"f","publisher":""}""" },
        { "'f', publisher => 'web shop'", """{"functionName":"f","publisher":"web shop"}""" },
        { "'f', publisher => repeat('x', 61)", $$"""{"functionName":"f","publisher":"{{new string('x', 61)}}"}""" },
    };

    [Theory]
    [MemberData(nameof(BadTasks))]
    public async Task A_bad_task_is_refused_in_the_words_of_HTTP(string arguments, string json)
    {
        var refusal = Refusals.By(() => TaskBody.ToTask(new(JsonElement.Parse(json)) { IsMessage = true }));

        AssertIs(refusal, await RefusedAsync($"select tasksbus.schedule_task({arguments})"));
        AssertIs(refusal.At(1), await RefusedAsync(
            "select tasksbus.schedule_tasks(($1)::json)", $$"""[{"functionName":"good"},{{json}}]"""));
        Assert.Equal(0, await _database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
    }

    [Theory]
    [InlineData("""{"functionName":5}""")]
    [InlineData("""{"functionName":"f","priority":"5"}""")]
    [InlineData("""{"functionName":"f","tags":"x"}""")]
    [InlineData("""{"functionName":"f","tags":["x",5]}""")]
    [InlineData("""{"functionName":"f","startTimestamp":5}""")]
    [InlineData("""{"functionName":"f","startTimestamp":"tomorrow"}""")]
    [InlineData("""{"functionName":"f","startTimestamp":"now"}""")]
    [InlineData("""{"functionName":"f","startTimestamp":"2030-02-30T00:00:00Z"}""")]
    [InlineData("""{"functionName":"f","startTimestamp":"2030-01-01T24:00:00Z"}""")]
    [InlineData("""{"functionName":"f","startTimestamp":"2030-01-01 00:00:00Z"}""")]
    [InlineData("""{"functionName":"f","taskId":7}""")]
    public async Task A_field_of_a_wrong_kind_is_refused_in_the_words_of_HTTP(string json)
    {
        var refusal = Refusals.By(() => TaskBody.ToTask(new(JsonElement.Parse(json)) { IsMessage = true }));

        AssertIs(refusal.At(0), await RefusedAsync("select tasksbus.schedule_tasks(($1)::json)", $"[{json}]"));
    }

    [Theory]
    [InlineData("schedule_tasks('[]')", "tasks must be an array of 1 to 1000 tasks; got 0.")]
    [InlineData("schedule_tasks('{}')", "tasks must be an array of 1 to 1000 tasks; got object.")]
    [InlineData("schedule_tasks(null)", "tasks is required: an array of tasks.")]
    [InlineData("schedule_tasks('[5]')", "tasks[0]: A task is a JSON object.")]
    [InlineData(
        "schedule_tasks('[{\"functionName\":\"f\",\"prio\":1}]')",
        "tasks[0]: There is no field 'prio'. A task has functionName, data, startTimestamp, priority, tags, taskId, idempotencyKey, "
            + "reference, publisher, traceParent.")]
    [InlineData(
        """schedule_tasks('[{"functionName":"f","tags":["\u0000"]}]')""",
        "tasks[0]: A task in JSON must not hold U+0000 or half of a surrogate pair. In its data schedule_task takes them.")]
    [InlineData("schedule_task('f', start_at => 'infinity')",
        "startTimestamp must be an ISO 8601 timestamp, such as 2021-09-29T15:17:07.051Z; got \"infinity\".")]
    [InlineData("schedule_task('f', (repeat('{\"a\":', 61) || '1' || repeat('}', 61))::json)",
        "data must be nested at most 60 levels deep.")]
    [InlineData("cancel_task('x')", "taskId must be 24 hex digits, such as 507f1f77bcf86cd799439011; got 'x'.")]
    [InlineData("cancel_task(null)", "taskId is required: 24 hex digits, such as 507f1f77bcf86cd799439011.")]
    public async Task What_only_SQL_can_get_wrong_is_refused_clearly(string call, string message) =>
        Assert.Equal(message, (await RefusedAsync($"select tasksbus.{call}")).MessageText);

    [Fact]
    public async Task What_is_at_the_limit_is_taken()
    {
        await _database.ExecuteAsync(
            """
            select tasksbus.schedule_task(
                repeat('x', 170), priority => -9007199254740991, tags => array_fill(repeat('x', 256), array[100]));
            select tasksbus.schedule_task('f', (repeat('{"a":', 60) || '1' || repeat('}', 60))::json, start_at => '0001-01-01Z');
            select tasksbus.schedule_task('f', ('{"a":"' || repeat('[{\"', 200) || '"}')::json, start_at => '9999-12-31 23:59:59.999999Z');
            select tasksbus.schedule_task('f', json_build_object('a', repeat('x', 6029312 - 10)), tags => '{}');
            select tasksbus.schedule_task('f', 'null', tags => array[repeat('😀', 128)], idempotency_key => repeat('~', 255),
                reference => repeat('x', 253) || '😀', publisher => repeat('-', 60));
            """);

        Assert.Equal(5, await _database.ScalarAsync<long>("select count(*) from tasksbus.inbox"));
    }

    [Theory]
    [InlineData("k")]
    [InlineData("order 1")]
    [InlineData(" ~")]
    [InlineData("it's \\ \"quoted\"")]
    public async Task A_key_gives_the_id_that_it_gives_elsewhere(string key)
    {
        await using var connection = await _database.ConnectAsync();
        await using NpgsqlCommand command = new("select tasksbus.schedule_task('f', idempotency_key => $1)", connection)
        {
            Parameters = { new() { Value = key } }
        };

        Assert.Equal(TaskId.FromKey(key).ToString(), await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Ids_are_chosen_as_elsewhere_and_an_own_one_is_kept()
    {
        var ids = await _database.RowsAsync("select tasksbus.schedule_task('f') from generate_series(1, 2000)");

        Assert.Equal(2_000, ids.Distinct().Count());
        // An id begins with the seconds since 1970.
        var now = await _database.ScalarAsync<long>("select extract(epoch from now())::bigint");
        Assert.All(ids, id => Assert.InRange(Convert.ToInt64(id[..8], 16), now - 60, now + 60));
        Assert.Equal(
            "507f1f77bcf86cd799439011",
            await _database.ScalarAsync<string>("select tasksbus.schedule_task('f', task_id => '507F1F77BCF86CD799439011')"));
    }

    /// <summary>Neither the caller's settings nor the form of a time change what is stored.</summary>
    [Fact]
    public async Task A_start_time_is_the_same_instant_wherever_it_comes_from()
    {
        await _database.ExecuteAsync(
            """
            set datestyle = 'SQL, DMY'; set timezone = 'Asia/Tokyo'; set standard_conforming_strings = off;
            select tasksbus.schedule_task('f', start_at => '2030-01-02 03:04:05.5+02');
            select tasksbus.schedule_tasks('[{"functionName":"f","startTimestamp":"2030-01-02T03:04:05.5+02:00"},
                {"functionName":"f","startTimestamp":"2030-01-02T01:04:05.500"},
                {"functionName":"f","startTimestamp":"2030-01-02T01:04:05.4999991Z"}]')
            """);

        Assert.Equal(
            ["2030-01-02 01:04:05.5", "2030-01-02 01:04:05.5", "2030-01-02 01:04:05.5", "2030-01-02 01:04:05.5"],
            await _database.RowsAsync("select (start_at at time zone 'UTC')::text from tasksbus.inbox order by position"));
    }

    private static void AssertIs(Refusal refusal, PostgresException exception)
    {
        Assert.Equal(refusal.Message, exception.MessageText);
        Assert.StartsWith($"{refusal.Code.Name} ({refusal.Code.Code}). ", exception.Hint, StringComparison.Ordinal);
        Assert.Equal("22023", exception.SqlState);
    }

    private async Task<PostgresException> RefusedAsync(string sql, string? argument = null)
    {
        await using var connection = await _database.ConnectAsync();
        await using NpgsqlCommand command = new(sql, connection);
        if (argument is not null)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        return await Assert.ThrowsAsync<PostgresException>(command.ExecuteScalarAsync);
    }
}
