using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Execution;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>How large a body may be, how slowly it may arrive, and whom it holds up meanwhile.</summary>
public class BodyLimitTests(BodyLimitTests.SmallServer server) : IClassFixture<BodyLimitTests.SmallServer>
{
    private const string Fine = """{"statusCode":200}""";

    [Theory]
    [InlineData("/tasks/v1/functions/quiet/execute", "{}")]
    [InlineData("/tasks/v1/api/quiet", null)]
    public async Task Slow_bodies_hold_no_slot(string path, string? body)
    {
        server.Fake.Answers["quiet"] = Fine;
        List<Socket> slow = [];
        try
        {
            for (var i = 0; i < 4; i++)
            {
                slow.Add(await BeginAsync(path, 1_000));
            }

            // Everything that was sent is read by now, because this request came after it.
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(path, body)).Status);
        }
        finally
        {
            slow.ForEach(static socket => socket.Dispose());
        }
    }

    [Theory]
    [InlineData("/tasks/v1/functions/{0}/execute", 1403)]
    [InlineData("/tasks/v1/api/{0}", 1412)]
    public async Task Large_bodies_on_their_way_have_as_many_places_as_a_function_may_take(string pathFormat, int code)
    {
        var (path, other) = (string.Format(null, pathFormat, $"large-{code}"), string.Format(null, pathFormat, $"other-{code}"));
        (server.Fake.Answers[$"large-{code}"], server.Fake.Answers[$"other-{code}"]) = (Fine, Fine);
        var large = $"{{\"data\":{{\"a\":\"{new string('x', 100_000)}\"}}}}";
        using (var slow = await BeginAsync(path, 6_000_000))
        {
            // This is enough for the server to keep waiting for a while.
            await slow.SendAsync(new byte[100_000]);
            var places = code == 1412
                ? server.Services.GetRequiredService<ApiFunctions>().Bodies
                : server.Services.GetRequiredService<DirectExecution>().Bodies;
            await Eventually.TrueAsync(() => !places.HasRoom($"large-{code}"), "the place is taken");

            Assert.Equal(code, (await server.PostAsync(path, large)).Json.GetProperty("code").GetInt32());
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(path, "{}")).Status);
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(other, large)).Status);
        }

        await Eventually.TrueAsync(
            async () => (await server.PostAsync(path, large)).Status == HttpStatusCode.OK, "the place is free again");
    }

    [Theory]
    [InlineData("/tasks/v1/functions/late/execute", 408, 22)]
    [InlineData("/tasks/v1/api/late", 400, 1411)]
    [InlineData("/tasks/v1/", 408, 22)]
    public async Task A_body_that_does_not_go_on_is_given_up(string path, int status, int code)
    {
        using var socket = await BeginAsync(path, 1_000);
        using StreamReader reader = new(new NetworkStream(socket));

        var answer = await reader.ReadToEndAsync().EndsAsync();

        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"code\":{code},", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/tasks/v1/", 7_400_000)]
    [InlineData("/tasks/v1/schedules", 7_400_000)]
    [InlineData("/tasks/v1/functions/quiet/execute", 7_400_000)]
    [InlineData("/tasks/v1/batch", 30_100_000)]
    public async Task A_body_is_no_larger_than_its_route_needs(string path, int length) =>
        (await server.PostAsync(path, new string(' ', length))).IsError(413, 15, "FIELD_FORMAT_EXCEPTION");

    [Theory]
    [InlineData("/tasks/v1/", """{"functionName":"waits","startTimestamp":"2999-01-01T00:00:00Z"}""", 7_300_000)]
    [InlineData("/tasks/v1/functions/quiet/execute", "{}", 7_300_000)]
    [InlineData("/tasks/v1/batch", """{"tasks":[{"functionName":"waits","startTimestamp":"2999-01-01T00:00:00Z"}]}""", 29_000_000)]
    public async Task And_may_be_as_large(string path, string body, int length) =>
        Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(path, body + new string(' ', length - body.Length))).Status);

    [Fact]
    public async Task What_finds_no_slot_is_not_even_parsed_and_one_function_leaves_room_for_another()
    {
        // The fake answers for this name when the test is over.
        using var enough = new CancellationTokenSource();
        HttpRequestMessage Endless(string path) => new(HttpMethod.Post, path);
        Task[] running =
        [
            server.AskAsync(Endless("/tasks/v1/functions/endless/execute"), enough.Token),
            server.AskAsync(Endless("/tasks/v1/api/endless"), enough.Token),
        ];
        await Eventually.TrueAsync(
            () => server.Fake.Invocations.Count(static each => each.Function == "endless") == running.Length, "both run");

        Assert.Contains("FunctionShare", (await server.PostAsync("/tasks/v1/functions/endless/execute", "no JSON"))
            .IsError(400, 1403, "CONCURRENT_EXECUTION_LIMIT_EXCEPTION"), StringComparison.Ordinal);
        Assert.Contains(
            "FunctionShare",
            (await server.PostAsync("/tasks/v1/api/endless", "x")).IsError(400, 1412, "CONCURRENT_API_FUNCTION_LIMIT_EXCEPTION"),
            StringComparison.Ordinal);
        server.Fake.Answers["modest"] = Fine;
        foreach (var path in new[] { "/tasks/v1/functions/modest/execute", "/tasks/v1/api/modest" })
        {
            Assert.Equal(HttpStatusCode.OK, (await server.PostAsync(path)).Status);
        }

        await enough.CancelAsync();
        server.Fake.Release();
        await Task.WhenAll(running).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    /// <summary>Sends a request without most of its body.</summary>
    private async Task<Socket> BeginAsync(string path, int length)
    {
        Uri url = new(server.Url);
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(url.Host, url.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: {url.Authority}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{{"));
        return socket;
    }

    public sealed class SmallServer : ApiServer
    {
        protected override string[] Settings => ["--TasksBus:MaxApiRequests=2", "--TasksBus:MaxDirectExecutions=2"];
    }
}
