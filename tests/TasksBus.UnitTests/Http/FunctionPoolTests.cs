using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The pool of a function over HTTP; each test uses functions of its own.</summary>
[Collection(ApiServer.Collection)]
public class FunctionPoolTests(ApiServer server)
{
    [Fact]
    public async Task A_function_that_is_not_managed_is_put_into_a_pool_and_out_of_it()
    {
        Assert.Equal("""{"functionName":"pooled","pool":"default"}""", (await server.GetAsync("/tasks/v1/functions/pooled/pool")).Text);

        Assert.Equal("""{"affectedRecords":1}""", (await PutAsync("pooled", """{"pool":"gpu"}""")).Text);
        Assert.Equal(
            """{"functionName":"pooled:$LATEST","pool":"gpu"}""", (await server.GetAsync("/tasks/v1/functions/pooled:$LATEST/pool")).Text);
        // There is no worker of that pool here.
        var waiting = (await server.PostAsync("/tasks/v1/", """{"functionName":"pooled"}""")).Json.GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.OK, (await PutAsync("pooled", """{"pool":"default"}""")).Status);
        var running = (await server.PostAsync("/tasks/v1/", """{"functionName":"pooled"}""")).Json.GetProperty("id").GetString();

        await Eventually.TrueAsync(async () => await StatusAsync(running) is "complete" or "failed", "the later one has run");
        Assert.Equal("new", await StatusAsync(waiting));
    }

    [Theory]
    [InlineData("pooled", "{}", 14, "MISSING_REQUIRED_FIELDS_EXCEPTION")]
    [InlineData("pooled", """{"pool":null}""", 14, "MISSING_REQUIRED_FIELDS_EXCEPTION")]
    [InlineData("pooled", """{"pool":7}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("pooled", """{"pool":"GPU"}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("pooled", """{"pool":"direct execution"}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("pooled", """{"pool":"\ud800"}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("po%20oled", """{"pool":"gpu"}""", 15, "FIELD_FORMAT_EXCEPTION")]
    [InlineData("pooled", null, 13, "EMPTY_BODY_EXCEPTION")]
    public async Task What_is_no_pool_or_no_function_is_refused(string function, string? body, int code, string name) =>
        (await PutAsync(function, body)).IsError(400, code, name);

    private Task<Answer> PutAsync(string function, string? body) =>
        server.SendAsync(new(HttpMethod.Put, $"/tasks/v1/functions/{function}/pool")
        {
            Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        });

    private async Task<string?> StatusAsync(string? id) =>
        (await server.GetAsync($"/tasks/v1/{id}")).Json.GetProperty("status").GetString();
}
