using System.Net;

namespace TasksBus.LocalLambda.Tests;

/// <summary>Custom runtimes: an executable that speaks the Runtime API, here a script.</summary>
public sealed class ProvidedTests : DeployedTest
{
    /// <summary>Does what the event asks for: posts a body to a path below /runtime, with a given id.</summary>
    private const string Runtime = """
        #!/usr/bin/env node
        const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
        const post = (path, body, headers = {}) => fetch(api + path, { method: 'POST', body, headers });
        (async () => {
          if (process.env.INIT_ERROR) { await post('/init/error', process.env.INIT_ERROR); process.exit(1); }
          for (;;) {
            const next = await fetch(`${api}/invocation/next`);
            const id = next.headers.get('lambda-runtime-aws-request-id');
            const event = await next.json();
            console.log('event', JSON.stringify(event).slice(0, 100));
            const seen = {
              pid: process.pid, id, arn: next.headers.get('lambda-runtime-invoked-function-arn'),
              left: next.headers.get('lambda-runtime-deadline-ms') - Date.now(), cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT };
            if (event.exit !== undefined) process.exit(event.exit);
            if (event.wrong) seen.wrong = (await post('/invocation/nonsense/response', '1')).status;
            const failed = { 'Lambda-Runtime-Function-Error-Type': 'My.Type' };
            if (event.error) seen.status = (await post(`/invocation/${id}/error`, event.error, failed)).status;
            else if (event.length) await post(`/invocation/${id}/response`, '"' + 'x'.repeat(event.length) + '"');
            else await post(`/invocation/${id}/response`, JSON.stringify(seen));
          }
        })();
        """;

    [Fact]
    public async Task It_gets_events_and_their_headers_and_answers_one_after_the_other()
    {
        await DeployAsync(Bootstrap("own"));
        var first = await InvokeAsync("own", """{"wrong":true}""", tail: true);
        var value = first.Json;
        Assert.Equal(first.RequestId, value.GetProperty("id").GetString());
        Assert.Equal("arn:aws:lambda:us-east-1:000000000000:function:own", value.GetProperty("arn").GetString());
        Assert.InRange(value.GetProperty("left").GetInt64(), 30_000, 60_000);
        Assert.True(value.GetProperty("cwd").GetBoolean());
        Assert.Equal(400, value.GetProperty("wrong").GetInt32());
        Assert.Matches($"^START .*\nevent {{\"wrong\":true}}\nEND RequestId: {first.RequestId}\nREPORT ", first.Log);
        Assert.Equal(value.GetProperty("pid").GetInt32(), (await InvokeAsync("own")).Json.GetProperty("pid").GetInt32());
    }

    [Theory]
    [InlineData("""{"errorType":"Mine","errorMessage":"it says","stackTrace":["a"]}""", "Mine", "it says")]
    [InlineData("nonsense", "My.Type", "The runtime reported an error without saying which.")]
    public async Task Its_errors_are_passed_on(string error, string type, string message)
    {
        await DeployAsync(Bootstrap("own"));
        var answer = (await InvokeAsync("own", System.Text.Json.JsonSerializer.Serialize(new { error }))).Failed();
        Assert.Equal(type, answer.ErrorType);
        Assert.Equal(message, answer.ErrorMessage);
        Assert.Equal(HttpStatusCode.OK, (await InvokeAsync("own")).Status);
    }

    [Fact]
    public async Task An_error_while_it_starts_is_passed_on()
    {
        await DeployAsync(Bootstrap("own").With(
            "Environment",
            System.Text.Json.Nodes.JsonNode.Parse("""{"Variables":{"INIT_ERROR":"{\"errorType\":\"Init\",\"errorMessage\":\"no\"}"}}""")));
        Assert.Equal("Init", (await InvokeAsync("own")).Failed().ErrorType);
    }

    [Fact]
    public async Task An_answer_over_six_megabytes_fails_and_one_of_six_does_not()
    {
        await DeployAsync(Bootstrap("own").With("MemorySize", 512).With("Timeout", 30));
        Assert.Equal(6_291_456, (await InvokeAsync("own", """{"length":6291454}""")).Value.Length);
        Assert.Equal("Function.ResponseSizeTooLarge", (await InvokeAsync("own", """{"length":6291455}""")).Failed().ErrorType);
    }

    [Theory]
    [InlineData(0, "Runtime exited without providing a reason")]
    [InlineData(7, "Runtime exited with error: exit status 7")]
    public async Task When_it_ends_instead_of_answering_the_invocation_fails(int code, string message)
    {
        await DeployAsync(Bootstrap("own"));
        var answer = (await InvokeAsync("own", $$"""{"exit":{{code}}}""")).Failed();
        Assert.Equal("Runtime.ExitError", answer.ErrorType);
        Assert.EndsWith(message, answer.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await InvokeAsync("own")).Status);
    }

    [Theory]
    [InlineData("bootstrap", ZipItem.Plain, "permission denied")]
    [InlineData("other", ZipItem.Executable, "Couldn't find valid bootstrap(s)")]
    public async Task Without_an_executable_bootstrap_it_says_so(string file, int mode, string message)
    {
        await DeployAsync(Creation("none", Zip(new ZipItem(file, Runtime, mode)), "provided.al2023"));
        var answer = (await InvokeAsync("none")).Failed();
        Assert.Equal("Runtime.InvalidEntrypoint", answer.ErrorType);
        Assert.Contains(message, answer.ErrorMessage, StringComparison.Ordinal);
    }

    private static System.Text.Json.Nodes.JsonObject Bootstrap(string name) =>
        Creation(name, Zip(new ZipItem("bootstrap", Runtime, ZipItem.Executable)), "provided.al2023", "any");
}
