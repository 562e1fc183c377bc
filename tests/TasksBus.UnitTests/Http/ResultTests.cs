using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>A server that keeps the results of some functions.</summary>
public sealed class ResultServer : ApiServer
{
    protected override string[] Settings => ["--TasksBus:KeepResults:0=report", "--TasksBus:KeepResults:1=large"];
}

/// <summary>The results of functions, kept with their tasks.</summary>
public sealed class ResultTests(ResultServer server) : IClassFixture<ResultServer>
{
    [Fact]
    public async Task A_task_shows_what_its_function_returned_and_a_list_does_not()
    {
        const string Result = """{"b":1.50,"a":[123456789012345678901234567890]}""";
        server.Fake.Answers["report"] = Result;

        var task = await server.RunAsync("report", "complete");

        Assert.Equal(Result, task.GetProperty("result").GetRawText());
        Assert.False(task.TryGetProperty("isResultDropped", out _));
        var listed = Assert.Single((await server.GetAsync("/tasks/v1/?eq(functionName,report)")).Json.GetProperty("data").EnumerateArray());
        Assert.False(listed.TryGetProperty("result", out _));
    }

    [Fact]
    public async Task A_result_that_is_too_large_is_dropped_and_the_task_stays_complete()
    {
        server.Fake.Answers["large"] = JsonSerializer.Serialize(new string('x', 256 * 1024));

        var task = await server.RunAsync("large", "complete");

        Assert.False(task.TryGetProperty("result", out _));
        Assert.True(task.GetProperty("isResultDropped").GetBoolean());
    }

    [Fact]
    public async Task Other_functions_keep_no_result()
    {
        server.Fake.Answers["other"] = "1";

        var task = await server.RunAsync("other", "complete");

        Assert.False(task.TryGetProperty("result", out _));
        Assert.False(task.TryGetProperty("isResultDropped", out _));
    }

    [Fact]
    public async Task Reference_and_publisher_are_shown_and_found()
    {
        var made = await server.PostAsync(
            "/tasks/v1/",
            """
            {"functionName":"referred","startTimestamp":"2999-01-01T00:00:00Z","reference":"order 17","publisher":"shop"}
            """);
        await server.CreateWaitingAsync("referred");

        Assert.Equal(("order 17", "shop"), OriginOf(made.Json));
        foreach (var query in new[]
        {
            "eq(reference,order%2017)", "eq(functionName,referred)&eq(publisher,shop)", "like(reference,der%201)",
        })
        {
            var found = Assert.Single((await server.GetAsync($"/tasks/v1/?{query}")).Json.GetProperty("data").EnumerateArray());
            Assert.Equal(made.Json.GetProperty("id").GetString(), found.GetProperty("id").GetString());
        }

        var again = await server.PostAsync($"/tasks/v1/{made.Json.GetProperty("id").GetString()}/rerun");
        Assert.Equal(("order 17", "shop"), OriginOf(again.Json));

        static (string?, string?) OriginOf(JsonElement task) =>
            (task.GetProperty("reference").GetString(), task.GetProperty("publisher").GetString());
    }

    [Theory]
    [InlineData("reference", "\"\"")]
    [InlineData("reference", "\"\\u0000\"")]
    [InlineData("reference", "17")]
    [InlineData("publisher", "\"\"")]
    [InlineData("publisher", "\"a.b\"")]
    [InlineData("publisher", "\"\u00fc\"")]
    public async Task What_is_no_reference_or_publisher_is_refused(string field, string value)
    {
        var answer = await server.PostAsync("/tasks/v1/", $$"""{"functionName":"f","{{field}}":{{value}}}""");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains(field, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_reference_and_publisher_are_accepted_and_longer_ones_refused()
    {
        static string Body(int reference, int publisher) =>
            $$"""{"functionName":"f","reference":"{{new string('r', reference)}}","publisher":"{{new string('p', publisher)}}"}""";

        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync("/tasks/v1/", Body(255, 60))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/tasks/v1/", Body(256, 60))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await server.PostAsync("/tasks/v1/", Body(255, 61))).Status);
    }
}
