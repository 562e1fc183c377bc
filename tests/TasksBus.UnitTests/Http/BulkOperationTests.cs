using System.Net;
using System.Text.Json;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class BulkOperationTests(ApiServer server)
{
    [Fact]
    public async Task A_dry_run_counts_and_the_operation_then_does_it()
    {
        var first = await server.CreateWaitingAsync("bulk-cancel");
        var second = await server.CreateWaitingAsync("bulk-cancel");
        const string Wanted = "\"action\":\"cancel\",\"query\":\"eq(functionName,bulk-cancel)\"";

        var count = await server.PostAsync("/tasks/v1/bulk", $$"""{{{Wanted}},"dryRun":true}""");
        Assert.Equal("""{"action":"cancel","query":"eq(functionName,bulk-cancel)","matching":2}""", count.Text);

        var made = await server.PostAsync("/tasks/v1/bulk", $$"""{{{Wanted}}}""");
        Assert.Equal((2, HttpStatusCode.OK), (made.Json.GetProperty("matching").GetInt32(), made.Status));
        var done = await EndAsync(made);

        Assert.Equal(
            ("complete", 2, 0, 0, 1),
            (done.GetProperty("status").GetString(), Number(done, "affected"), Number(done, "skipped"), Number(done, "refused"),
                Number(done, "progress")));
        foreach (var id in new[] { first, second })
        {
            Assert.Equal("canceled", (await server.GetAsync($"/tasks/v1/{id}")).Json.GetProperty("status").GetString());
        }
    }

    [Fact]
    public async Task A_rerun_runs_again_what_ended()
    {
        var first = await server.RunAsync("bulk-rerun", "complete");
        var done = await EndAsync(
            await server.PostAsync("/tasks/v1/bulk/", """{"action":"rerun","query":"functionName=bulk-rerun","priority":3}"""));

        Assert.Equal((1, 3), (Number(done, "affected"), Number(done, "priority")));
        var tasks = (await server.GetAsync("/tasks/v1/?eq(functionName,bulk-rerun)")).Json.GetProperty("data");
        Assert.Equal([3, first.GetProperty("priority").GetInt32()], tasks.EnumerateArray().Select(static task => Number(task, "priority")));
    }

    [Fact]
    public async Task Operations_are_listed_and_selected_as_everything_is()
    {
        var made = (await server.PostAsync("/tasks/v1/bulk", """{"action":"cancel","query":"functionName=bulk-listed"}""")).Json;
        var id = made.GetProperty("id").GetString();

        var page = (await server.GetAsync("/tasks/v1/bulk?eq(query,functionName%253Dbulk-listed)&select(id,progress)")).Json;

        Assert.Equal(1, page.GetProperty("page").GetProperty("total").GetInt32());
        var one = page.GetProperty("data")[0];
        Assert.Equal(["id", "progress"], one.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(id, one.GetProperty("id").GetString());
    }

    [Fact]
    public async Task To_stop_one_that_ended_changes_nothing()
    {
        var done = await EndAsync(
            await server.PostAsync("/tasks/v1/bulk", """{"action":"cancel","query":"functionName=bulk-ended"}"""));

        var id = done.GetProperty("id").GetString();
        Assert.Equal("""{"affectedRecords":0}""", (await server.PostAsync($"/tasks/v1/bulk/{id}/stop")).Text);
        Assert.Equal("complete", (await server.GetAsync($"/tasks/v1/bulk/{id}")).Json.GetProperty("status").GetString());
    }

    [Fact]
    public async Task One_with_a_chosen_id_is_made_once()
    {
        await server.RunAsync("bulk-once", "complete");
        var id = TaskId.New();
        var body = $$"""{"action":"rerun","query":"functionName=bulk-once","id":"{{id}}"}""";
        await EndAsync(await server.PostAsync("/tasks/v1/bulk", body));

        Assert.Equal("complete", (await server.PostAsync("/tasks/v1/bulk", body)).Json.GetProperty("status").GetString());
        var page = (await server.GetAsync("/tasks/v1/?functionName=bulk-once")).Json.GetProperty("page");
        Assert.Equal(2, page.GetProperty("total").GetInt32());
        (await server.PostAsync("/tasks/v1/bulk", $$"""{"action":"cancel","query":"functionName=bulk-once","id":"{{id}}"}"""))
            .IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
        (await server.PostAsync("/tasks/v1/bulk", """{"action":"cancel","query":"functionName=bulk-once","id":"x"}"""))
            .IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }

    [Theory]
    [InlineData("sort(progress)")]
    [InlineData("sort(-progress)&limit(1)")]
    [InlineData("select(progress)")]
    public async Task Progress_is_computed_and_breaks_no_query(string query) =>
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync($"/tasks/v1/bulk?{query}")).Status);

    [Fact]
    public async Task An_unknown_operation_and_what_is_no_id_are_told_apart()
    {
        (await server.GetAsync("/tasks/v1/bulk/507f1f77bcf86cd799439011")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync("/tasks/v1/bulk/507f1f77bcf86cd799439011/stop")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.GetAsync("/tasks/v1/bulk/hello")).IsError(400, 12, "ID_FORMAT_EXCEPTION");
    }

    [Theory]
    [InlineData("""{"query":"eq(status,failed)"}""", 14, "action is required")]
    [InlineData("""{"action":"rerun"}""", 14, "query is required")]
    [InlineData("""{"action":"delete","query":"eq(status,failed)"}""", 15, "action must be cancel or rerun; got 'delete'.")]
    [InlineData("""{"action":"rerun","query":""}""", 15, "query must have a condition")]
    [InlineData("""{"action":"rerun","query":"limit(20)"}""", 15, "query must have a condition")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)&limit(20)"}""", 15, "leave out sort, limit")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)&sort(id)"}""", 15, "leave out sort, limit")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)&select(id)"}""", 15, "leave out sort, limit")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)&skipCount()"}""", 15, "leave out sort, limit")]
    [InlineData("""{"action":"cancel","query":"eq(status,new)","priority":1}""", 15, "priority is for reruns")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)","priority":9007199254740992}""", 15, "priority must be an integer from")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)","dryrun":true}""", 15, "dryRun")]
    [InlineData("""{"action":"rerun","query":"eq(status,failed)","dryRun":"yes"}""", 15, "dryRun must be true or false")]
    [InlineData("""{"action":"rerun","query":"eq(functionName,a\u0000b)"}""", 15, "U+0000")]
    [InlineData("[]", 22, "JSON object")]
    public async Task What_is_wrong_is_said(string body, int code, string says) =>
        Assert.Contains(says, (await server.PostAsync("/tasks/v1/bulk", body)).IsBodyError(code), StringComparison.Ordinal);

    [Fact]
    public async Task A_query_that_is_none_says_where()
    {
        var message = (await server.PostAsync("/tasks/v1/bulk", """{"action":"rerun","query":"eq(stats,failed)"}"""))
            .IsError(400, 19, "INVALID_RQL_EXCEPTION");
        Assert.StartsWith("query: ", message, StringComparison.Ordinal);
        Assert.Contains("status", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_query_is_refused() =>
        Assert.Contains(
            "20000",
            (await server.PostAsync("/tasks/v1/bulk", $$"""{"action":"rerun","query":"eq(functionName,{{new string('a', 20_000)}})"}"""))
                .IsBodyError(15),
            StringComparison.Ordinal);

    private async Task<JsonElement> EndAsync(Answer made)
    {
        Assert.True(made.Status == HttpStatusCode.OK, made.Text);
        var id = made.Json.GetProperty("id").GetString();
        JsonElement operation = default;
        await Eventually.TrueAsync(async () =>
        {
            operation = (await server.GetAsync($"/tasks/v1/bulk/{id}")).Json;
            return operation.GetProperty("status").GetString() != "inProgress";
        }, "the operation ends");
        return operation;
    }

    private static int Number(JsonElement json, string name) => json.GetProperty(name).GetInt32();
}
