using System.Net;
using System.Text;
using System.Text.Json;

namespace TasksBus.LocalLambda.Tests;

public class InvokeTests : LambdaTest
{
    private const string Echo = "export const handler = async event => event;";

    [Fact]
    public async Task An_invocation_returns_the_result_and_Lambdas_headers()
    {
        Write("echo", Echo);
        var answer = await InvokeAsync("echo", """{"a":[1,"ü",null]}""", "RequestResponse");
        Assert.Equal("""{"a":[1,"ü",null]}""", answer.Value);
        Assert.Equal("$LATEST", answer.Headers["X-Amz-Executed-Version"]);
        Assert.True(Guid.TryParse(answer.RequestId, out _));
        Assert.False(answer.Headers.ContainsKey("X-Amz-Log-Result"));
    }

    [Theory]
    [InlineData("echo")]
    [InlineData("%65cho")]
    [InlineData("echo:$LATEST")]
    [InlineData("echo%3A%24LATEST")]
    [InlineData("000000000000:function:echo")]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:echo")]
    [InlineData("arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho%3A%24LATEST")]
    public async Task A_function_may_be_named_as_in_Lambda(string name)
    {
        Write("echo", Echo);
        Assert.Equal("1", (await InvokeAsync(name, "1")).Value);
    }

    [Fact]
    public async Task The_latest_version_may_be_asked_for_in_the_query()
    {
        Write("echo", Echo);
        Assert.Equal("1", (await InvokeAsync("echo", "1", query: "?Qualifier=$LATEST")).Value);
        Assert.Equal(HttpStatusCode.NotFound, (await InvokeAsync("echo", "1", query: "?Qualifier=PROD")).Status);
    }

    [Theory]
    [InlineData("nope")]
    [InlineData("echo:7")]
    [InlineData("echo:PROD")]
    [InlineData("..%2Fecho")]
    [InlineData("%2e%2e")]
    [InlineData("a%2F..%2Fecho")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("echo%00")]
    [InlineData("empty")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Another_name_is_not_found(string name)
    {
        Write("echo", Echo);
        Directory.CreateDirectory(Path.Combine(Root, "empty"));
        var answer = await InvokeAsync(name);
        if (name == "echo%00")
        {
            Assert.Equal(HttpStatusCode.BadRequest, answer.Status); // Kestrel lets no NUL through
            return;
        }

        Assert.Equal(HttpStatusCode.NotFound, answer.Status);
        if (name != "%2e%2e")
        {
            Assert.Equal("ResourceNotFoundException", answer.Headers["x-amzn-ErrorType"]);
            Assert.StartsWith("Function not found: ", answer.Json.GetProperty("Message").GetString(), StringComparison.Ordinal);
            Assert.Equal("User", answer.Json.GetProperty("Type").GetString());
        }
    }

    [Theory]
    [InlineData("nope", "There is no local function 'nope'. Make a folder 'nope' with an index.mjs")]
    [InlineData("echo:PROD", "There is no local function 'echo:PROD': their names have letters")]
    public async Task Who_passes_words_on_to_people_is_told_of_a_missing_function_without_words_of_AWS(string name, string expected)
    {
        Write("echo", Echo);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Server.Endpoint, $"/2015-03-31/functions/{name}/invocations"))
        {
            Content = new StringContent("{}"),
        };
        request.Headers.Add("X-TasksBus-Log", "body");
        using var response = await Client.SendAsync(request);
        var message = System.Text.Json.JsonElement.Parse(await response.Content.ReadAsStringAsync()).GetProperty("Message").GetString();

        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain("arn:", message, StringComparison.Ordinal);
        Assert.True(response.Headers.Contains("X-TasksBus-Advice"));
    }

    [Fact]
    public async Task An_event_is_accepted_and_runs_in_the_background()
    {
        var file = Path.Combine(Root, "seen.txt");
        Write("writer", $"import {{ writeFileSync }} from 'node:fs'; export const handler = async e => writeFileSync('{file}', e.text);");
        var answer = await InvokeAsync("writer", """{"text":"hello"}""", "Event");
        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        Assert.Empty(answer.Body);
        await EventuallyAsync(() => File.Exists(file) && File.ReadAllText(file) == "hello", "the event has been handled");
    }

    [Fact]
    public async Task Events_over_the_functions_limit_wait_for_their_turn()
    {
        var file = Path.Combine(Root, "seen.txt");
        Write(
            "writer", $"import {{ appendFileSync }} from 'node:fs'; export const handler = async e => appendFileSync('{file}', e + '\\n');",
            """{"concurrency":1}""");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await InvokeAsync("writer", $"{i}", "Event")).Status);
        }

        await EventuallyAsync(
            () => File.Exists(file) && File.ReadAllLines(file).Order().SequenceEqual(["0", "1", "2", "3", "4"]), "all five ran");
    }

    [Fact]
    public async Task A_dry_run_runs_nothing()
    {
        Write("boom", "process.exit(1);");
        Assert.Equal(HttpStatusCode.NoContent, (await InvokeAsync("boom", type: "DryRun")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await InvokeAsync("nope", type: "DryRun")).Status);
    }

    [Fact]
    public async Task An_unknown_invocation_type_is_refused()
    {
        Write("echo", Echo);
        var answer = await InvokeAsync("echo", type: "Later");
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("InvalidParameterValueException", answer.Headers["x-amzn-ErrorType"]);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("nonsense")]
    [InlineData("{} {}")]
    [InlineData("{'a':1}")]
    [InlineData("[1,]")]
    [InlineData(" ")]
    public async Task What_is_not_JSON_is_refused(string body)
    {
        Write("echo", Echo);
        var answer = await InvokeAsync("echo", body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal("InvalidRequestContentException", answer.Headers["x-amzn-ErrorType"]);
        Assert.StartsWith(
            "Could not parse request body into json", answer.Json.GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        Write("echo", Echo);
        Assert.Equal(HttpStatusCode.BadRequest, (await InvokeAsync("echo", [(byte)'"', 0xFF, (byte)'"'])).Status);
    }

    [Fact]
    public async Task An_empty_body_is_an_empty_object()
    {
        Write("echo", Echo);
        Assert.Equal("{}", (await InvokeAsync("echo", "")).Value);
    }

    [Theory]
    [InlineData("""{"":1,"A":2,"a":3,"é":"\u0000 \ud800 \ud83d\ude00"}""")]
    [InlineData("""[9007199254740991,-9007199254740991,1.5,1e21,-0.000001,true,null]""")]
    [InlineData(""" "a text alone" """)]
    public async Task The_event_arrives_unchanged(string body)
    {
        // JSON.parse must read the same on both sides.
        Write("compare", """
            export const handler = async event => JSON.stringify(event) === JSON.stringify(JSON.parse(process.env.EXPECTED));
            """, JsonSerializer.Serialize(new { environment = new { EXPECTED = body } }));
        Assert.Equal("true", (await InvokeAsync("compare", body)).Value);
    }

    [Fact]
    public async Task Integers_beyond_what_a_double_holds_reach_the_parser_digit_by_digit()
    {
        Write("digits", """
            const parse = JSON.parse;
            let text;
            JSON.parse = t => parse(text = t);
            export const handler = async () => text;
            """);
        var body = """{"n":123456789012345678901234567890,"m":9007199254740993,"z":1.0}""";
        Assert.Equal(body, (await InvokeAsync("digits", body)).Json.GetString());
    }

    [Fact]
    public async Task Nesting_has_no_limit_of_its_own()
    {
        Write("depth", "export const handler = async e => { let d = 0; while (Array.isArray(e)) { d++; e = e[0]; } return d; };");
        var body = new string('[', 5_000) + new string(']', 5_000);
        Assert.Equal("5000", (await InvokeAsync("depth", body)).Value);
    }

    [Theory]
    [InlineData(6_291_456, HttpStatusCode.OK)]
    [InlineData(6_291_457, HttpStatusCode.RequestEntityTooLarge)]
    public async Task An_event_may_have_six_megabytes(int size, HttpStatusCode expected)
    {
        Write("length", "export const handler = async e => e.length;");
        var body = new byte[size];
        Array.Fill(body, (byte)'x');
        body[0] = body[^1] = (byte)'"';
        var answer = await InvokeAsync("length", body);
        Assert.Equal(expected, answer.Status);
        if (expected == HttpStatusCode.OK)
        {
            Assert.Equal($"{size - 2}", answer.Value);
        }
        else
        {
            Assert.Equal("RequestTooLargeException", answer.Headers["x-amzn-ErrorType"]);
        }
    }

    [Fact]
    public async Task An_answer_may_have_six_megabytes()
    {
        Write("fill", "export const handler = async n => 'x'.repeat(n);");
        Assert.Equal(6_291_456, (await InvokeAsync("fill", "6291454")).Value.Length);
        var answer = (await InvokeAsync("fill", "6291455")).Failed();
        Assert.Equal("Function.ResponseSizeTooLarge", answer.ErrorType);
        Assert.Equal("Response payload size exceeded maximum allowed payload size (6291456 bytes).", answer.ErrorMessage);
    }

    [Fact]
    public async Task Big_events_and_answers_leave_small_ones_alone()
    {
        Write("echo", Echo);
        var big = '"' + new string('é', 1_000_000) + '"';
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(big, (await InvokeAsync("echo", Encoding.UTF8.GetBytes(big))).Value);
            Assert.Equal("1", (await InvokeAsync("echo", "1")).Value);
        }
    }

    [Fact]
    public async Task Other_paths_are_answered_with_an_error_too()
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(new Uri(Server.Endpoint, "/"));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("UnknownOperationException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
    }
}
