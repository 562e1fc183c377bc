using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class IdempotencyKeyTests(ApiServer server)
{
    private const string Body =
        """{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"tags":["a"],"data":{"n":1,"m":2}}""";

    [Fact]
    public async Task Thirty_two_posts_with_one_key_at_once_make_one_task()
    {
        var body = Body.Replace("keyed", "keyed-at-once", StringComparison.Ordinal);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => PostAsync("at once", body)));

        Assert.All(answers, static answer => Assert.Equal(HttpStatusCode.OK, answer.Status));
        Assert.Single(answers.Select(IdOf).Distinct());
        Assert.Equal(
            1,
            (await server.GetAsync("/tasks/v1/?eq(functionName,keyed-at-once)")).Json.GetProperty("page").GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task The_same_body_written_otherwise_is_the_same_task_as_it_is_now()
    {
        var first = await PostAsync("written otherwise", Body);
        await server.PostAsync($"/tasks/v1/{IdOf(first)}/cancel");

        var second = await PostAsync(
            "written otherwise",
            """
            { "data": {"m":2, "n":1.0}, "tags":["a"], "priority":1, "functionName":"keyed",
            "startTimestamp":"2999-01-01T01:00:00+01:00" }
            """);

        Assert.Equal(IdOf(first), IdOf(second));
        Assert.Equal("canceled", second.Json.GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("""{"functionName":"other","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"tags":["a"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:01Z","priority":1,"tags":["a"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","priority":1,"tags":["a"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":2,"tags":["a"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","tags":["a"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"tags":["a","b"],"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"data":{"n":1,"m":2}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"tags":["a"],"data":{"n":1}}""")]
    [InlineData("""{"functionName":"keyed","startTimestamp":"2999-01-01T00:00:00Z","priority":1,"tags":["a"]}""")]
    public async Task Another_body_under_a_key_is_refused(string other)
    {
        await PostAsync("another body", Body);

        (await PostAsync("another body", other)).IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
    }

    [Fact]
    public async Task Another_key_or_none_is_another_task()
    {
        var ids = new[]
        {
            await PostAsync("one", Body), await PostAsync("One", Body), await server.PostAsync("/tasks/v1/", Body),
            await server.PostAsync("/tasks/v1/", Body),
        };

        Assert.Equal(4, ids.Select(IdOf).Distinct().Count());
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\tb")]
    [InlineData("256")]
    public async Task A_header_that_is_no_key_is_refused(string key) =>
        (await PostAsync(key == "256" ? new('k', 256) : key, Body)).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

    [Fact]
    public async Task A_batch_takes_no_key() =>
        (await PostAsync("batch", $$"""{"tasks":[{{Body}}]}""", "/tasks/v1/batch")).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

    [Fact]
    public async Task A_body_that_is_refused_uses_no_key_up()
    {
        (await PostAsync("refused", """{"functionName":5}""")).IsError(400, 15, "FIELD_FORMAT_EXCEPTION");

        Assert.Equal(HttpStatusCode.OK, (await PostAsync("refused", Body)).Status);
    }

    private static string? IdOf(Answer answer) => answer.Json.GetProperty("id").GetString();

    private Task<Answer> PostAsync(string key, string body, string path = "/tasks/v1/")
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return server.SendAsync(request);
    }
}
