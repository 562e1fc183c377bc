using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>A test of requests that functions answer; each test uses functions of its own.</summary>
public abstract class ApiFunctionTest(ApiFunctionServer server) : IClassFixture<ApiFunctionServer>
{
    private protected const string Api = "/tasks/v1/api";

    private protected ApiServer Server => server;

    private protected static ByteArrayContent Content(byte[] body, string? type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        return content;
    }

    private protected async Task CallAsync(string function, string rest = "", byte[]? body = null, string? type = null)
    {
        Server.Fake.Answers.TryAdd(function, """{"statusCode":200}""");
        var request = new HttpRequestMessage(
            body is null ? HttpMethod.Get : HttpMethod.Post,
            new Uri($"{Server.Url}{Api}/{function}{rest}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = body is null ? null : Content(body, type),
        };
        var answer = await Server.SendAsync(request);
        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.Created, answer.Text);
    }

    private protected JsonElement Seen(string function) => JsonElement.Parse(Server.Fake.LastPayload(function));

    /// <summary>The newest of a function's recorded requests.</summary>
    private protected async Task<JsonElement> RecordedAsync(string function, int total = 1)
    {
        JsonElement page = default;
        await Eventually.TrueAsync(async () =>
        {
            page = (await Server.GetAsync($"/tasks/v1/apiRequests?eq(functionName,{function})")).Json;
            return page.GetProperty("page").GetProperty("total").GetInt32() >= total;
        }, $"{total} requests of {function} are recorded");
        return page.GetProperty("data")[0];
    }
}
