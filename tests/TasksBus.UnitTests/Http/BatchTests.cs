using System.Net;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class BatchTests(ApiServer server)
{
    [Theory]
    [InlineData("/tasks/v1/batch")]
    [InlineData("/tasks/v1/batch/")]
    public async Task A_thousand_tasks_are_answered_in_order_under_ids_of_their_own(string path)
    {
        var tasks = string.Join(
            ',',
            Enumerable.Range(0, 1_000).Select(static i => $$"""{"functionName":"batch","startTimestamp":"2999-01-01","priority":{{i}}}"""));

        var answer = await server.PostAsync(path, $$"""{"tasks":[{{tasks}}]}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(["data"], answer.Json.EnumerateObject().Select(static property => property.Name));
        var data = answer.Json.GetProperty("data").EnumerateArray().ToArray();
        Assert.Equal(Enumerable.Range(0, 1_000), data.Select(static task => task.GetProperty("priority").GetInt32()));
        Assert.Equal(1_000, data.Select(static task => task.GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal(
            "new", (await server.GetAsync($"/tasks/v1/{data[999].GetProperty("id").GetString()}")).Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("""{"functionName":"none-1","priority":0.5}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("{}", 14, "MISSING_REQUIRED_FIELDS_EXCEPTION")]
    [InlineData("[]", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("null", 15, "FIELD_FORMAT_EXCEPTION")]
    public async Task One_wrong_task_refuses_all_and_the_error_names_its_place(string wrong, int code, string name)
    {
        var answer = await server.PostAsync("/tasks/v1/batch", $$"""{"tasks":[{"functionName":"none-1"},{{wrong}}]}""");

        Assert.StartsWith("tasks[1]", answer.IsError(400, code, name), StringComparison.Ordinal);
        Assert.Equal(
            0, (await server.GetAsync("/tasks/v1/?eq(functionName,none-1)")).Json.GetProperty("page").GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("", 13, "EMPTY_BODY_EXCEPTION")]
    [InlineData("[]", 22, "BODY_FORMAT_EXCEPTION")]
    [InlineData("{}", 14, "MISSING_REQUIRED_FIELDS_EXCEPTION")]
    [InlineData("""{"tasks":{}}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("""{"tasks":null}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("""{"tasks":[]}""", 15, "FIELD_FORMAT_EXCEPTION")]
    public async Task A_body_without_tasks_is_refused(string body, int code, string name) =>
        (await server.PostAsync("/tasks/v1/batch", body)).IsError(400, code, name);

    [Fact]
    public async Task More_than_a_thousand_are_refused() =>
        (await server.PostAsync(
            "/tasks/v1/batch", $$"""{"tasks":[{{string.Join(',', Enumerable.Repeat("""{"functionName":"hello"}""", 1_001))}}]}"""))
            .IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

    [Theory]
    [InlineData("""{"tasks":[{"functionName":"odd"}],"\ud800 and more":1}""")]
    [InlineData("""{"tasks":[{"functionName":"odd","\ud800 and much more than any name":1}]}""")]
    public async Task A_key_that_is_no_proper_text_is_ignored_or_refused_but_no_fault(string body)
    {
        var answer = await server.PostAsync("/tasks/v1/batch", body);

        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.BadRequest, $"{(int)answer.Status}: {answer.Text}");
    }
}
