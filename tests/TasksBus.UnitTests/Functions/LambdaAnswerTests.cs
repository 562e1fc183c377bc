using System.Text;
using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public class LambdaAnswerTests
{
    private const int SixMegabytes = 6_291_456;

    [Fact]
    public async Task An_answer_is_returned_with_its_log_and_request_id()
    {
        var log = Convert.ToBase64String(Encoding.UTF8.GetBytes("START\nhello\0 wörld\nEND"));
        await using var server = FaultyServer.Answering(
            "200 OK", """{"n":12345678901234567890123}""", $"X-Amz-Log-Result: {log}", "x-amzn-RequestId: abc-1");

        var result = await server.InvokeAsync(Invocations.Of(payload: """{"data":{"A":1,"a":2}}"""));

        var succeeded = Assert.IsType<InvocationResult.Succeeded>(result);
        Assert.Equal("""{"n":12345678901234567890123}""", succeeded.Payload.Text());
        Assert.Equal("START\nhello\uFFFD wörld\nEND", succeeded.Log);
        Assert.Equal("abc-1", succeeded.RequestId);
        var request = Assert.Single(server.Requests);
        Assert.Equal("""{"data":{"A":1,"a":2}}""", Encoding.UTF8.GetString(request.Body));
        Assert.Equal("RequestResponse", request.Headers["X-Amz-Invocation-Type"]);
        Assert.Equal("Tail", request.Headers["X-Amz-Log-Type"]);
        Assert.Equal("application/json", request.Headers["Content-Type"]);
    }

    [Fact]
    public async Task An_answer_in_chunks_is_returned_whole()
    {
        var part = new string('x', 5_000);
        await using var server = FaultyServer.Start(exchange => exchange.WriteAsync(
            $"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n{part}\r\n1388\r\n{part}\r\n0\r\n\r\n"));

        var succeeded = Assert.IsType<InvocationResult.Succeeded>(await server.InvokeAsync());

        Assert.Equal(part + part, succeeded.Payload.Text());
    }

    [Fact]
    public async Task A_function_error_with_status_200_is_a_failure()
    {
        await using var server = FaultyServer.Answering(
            "200 OK",
            """{"errorType":"TypeError","errorMessage":"x is \"undefined\"\n","trace":["a","b"]}""",
            "X-Amz-Function-Error: Unhandled",
            "X-Amz-Log-Result: bG9n",
            "x-amzn-RequestId: abc-2");

        Assert.Equal(new InvocationResult.FunctionFailed("TypeError", "x is \"undefined\"\n", "log", "abc-2"), await server.InvokeAsync());
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_answer_that_merely_contains_an_errorMessage_is_a_success()
    {
        await using var server = FaultyServer.Answering("200 OK", """{"errorType":"E","errorMessage":"not really"}""");

        Assert.IsType<InvocationResult.Succeeded>(await server.InvokeAsync());
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("", "Unhandled", "The function failed (Unhandled) without an errorMessage; it answered: ")]
    [InlineData("<oops>", "Unhandled", "The function failed (Unhandled) without an errorMessage; it answered: <oops>")]
    [InlineData("\"just text\"", "Unhandled", "The function failed (Unhandled) without an errorMessage; it answered: \"just text\"")]
    [InlineData("""{"errorMessage":"Task timed out after 3.00 seconds"}""", "Unhandled", "Task timed out after 3.00 seconds")]
    [InlineData("""{"errorType":"E","errorMessage":"kept","stack":[""", "E", "kept")]
    [InlineData("""{"errorType":null,"errorMessage":{"a": 1},"x":2}""", "Unhandled", """{"a": 1}""")]
    [InlineData("""{"errorType":"E\u0000","errorMessage":"\ud800 \ud83d\ude00 \u00e9 é \/"}""", "E\uFFFD", "\uFFFD \U0001F600 é é /")]
    public async Task A_failed_function_always_has_a_clear_error(string payload, string name, string message)
    {
        await using var server = FaultyServer.Answering("200 OK", payload, "X-Amz-Function-Error: Unhandled");

        Assert.Equal(new InvocationResult.FunctionFailed(name, message, null, null), await server.InvokeAsync());
    }

    [Fact]
    public async Task A_huge_error_text_is_cut()
    {
        await using var server = FaultyServer.Answering(
            "200 OK",
            $$"""{"errorType":"{{new string('t', 300)}}","errorMessage":"{{new string('m', 1_000_000)}}"}""",
            "X-Amz-Function-Error: Unhandled");

        var failed = Assert.IsType<InvocationResult.FunctionFailed>(await server.InvokeAsync());

        Assert.Equal(256, failed.Name.Length);
        Assert.Equal(8_192, failed.Message.Length);
        Assert.EndsWith("m ... (cut)", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_of_6_MB_is_returned()
    {
        await using var server = FaultyServer.Start(exchange => exchange.RespondAsync("200 OK", new byte[SixMegabytes]));

        var succeeded = Assert.IsType<InvocationResult.Succeeded>(await server.InvokeAsync());

        Assert.Equal(SixMegabytes, succeeded.Payload.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_answer_of_more_than_6_MB_fails_the_function(bool withLength)
    {
        var body = new byte[SixMegabytes + 1];
        await using var server = FaultyServer.Start(async exchange =>
        {
            await (withLength
                ? exchange.RespondAsync("200 OK", body)
                : exchange.WriteAsync("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", body));
            exchange.Close();
        });

        var failed = Assert.IsType<InvocationResult.FunctionFailed>(await server.InvokeAsync());

        Assert.Equal("Function.ResponseSizeTooLarge", failed.Name);
        Assert.Contains("6 MB", failed.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_log_that_is_not_base64_is_left_out()
    {
        await using var server = FaultyServer.Answering("200 OK", "null", "X-Amz-Log-Result: %%%");

        Assert.Null(Assert.IsType<InvocationResult.Succeeded>(await server.InvokeAsync()).Log);
    }

    [Theory]
    [InlineData(
        "404 Not Found", """{"__type":"com.amazon#ResourceNotFoundException","Message":"gone"}""", "ResourceNotFoundException", "gone")]
    [InlineData("404 Not Found", "", "Http404", "Lambda answered HTTP 404 without an explanation.")]
    [InlineData("404 Not Found", "<html>no such page</html>", "Http404", "<html>no such page</html>")]
    [InlineData("400 Bad Request", """{"message":""", "Http400", """{"message":""")]
    [InlineData("301 Moved Permanently", "", "Http301", "Lambda answered HTTP 301 without an explanation.")]
    public async Task An_error_in_another_form_is_still_told(string status, string body, string name, string words)
    {
        await using var server = FaultyServer.Answering(status, body, "Location: http://localhost/");

        var refused = Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync());

        Assert.Equal(name, refused.Name);
        Assert.StartsWith(words, refused.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("500 Internal Server Error", "ServiceException", "ServiceException")]
    [InlineData("502 Bad Gateway", "", "Http502")]
    [InlineData("503 Service Unavailable", "", "Http503")]
    [InlineData("504 Gateway Timeout", "", "Http504")]
    [InlineData("408 Request Timeout", "", "Http408")]
    public async Task After_a_server_error_the_function_may_have_run(string status, string code, string name)
    {
        await using var server = FaultyServer.Answering(
            status, """{"message":"Service encountered an internal error"}""", $"x-amzn-ErrorType: {code}");

        var unknown = Assert.IsType<InvocationResult.Unknown>(await server.InvokeAsync());

        Assert.Equal(name, unknown.Name);
        Assert.Contains("may have run", unknown.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_answer_that_promises_a_later_run_is_unknown()
    {
        await using var server = FaultyServer.Answering("202 Accepted", "");

        Assert.Equal("UnexpectedAnswer", Assert.IsType<InvocationResult.Unknown>(await server.InvokeAsync()).Name);
    }

    [Fact]
    public async Task An_event_over_6_MB_is_refused_without_a_request()
    {
        await using var server = FaultyServer.Answering("200 OK", "null");

        var result = await server.InvokeAsync(new FunctionInvocation("hello", new byte[SixMegabytes + 1], Invocations.TimeLimit));

        Assert.Equal("RequestTooLargeException", Assert.IsType<InvocationResult.NotInvoked>(result).Name);
        Assert.Empty(server.Requests);
    }
}
