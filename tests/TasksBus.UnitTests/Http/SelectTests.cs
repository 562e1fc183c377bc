using System.Net;
using CsCheck;
using TasksBus.Tests.Query;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>Which properties a query shows of what it finds.</summary>
[Collection(ApiServer.Collection)]
public class SelectTests(ApiServer server)
{
    private const string Data =
        """{"n": 1.50, "Big":12345678901234567890.10,"list":[{"x":1,"y":"\ud83d\ude42"},5,{"y":2}],"deep":"""
        + """{"a":{"b":null,"c":[]}}, "\ud800":1,"k.x":"\u0000","é":[[{"x":1}]]}""";

    [Theory]
    [InlineData("select(functionName)", """{"functionName":"FUNCTION"}""")]
    [InlineData("select(priority,functionName)", """{"functionName":"FUNCTION","priority":3}""")]
    [InlineData("select(tags)&select(priority)", """{"priority":3}""")]
    [InlineData("and(select(tags),limit(5))", """{"tags":["t"]}""")]
    [InlineData("or(select(tags),functionName=FUNCTION)", """{"tags":["t"]}""")]
    [InlineData("select(error,retriedByTaskId)", "{}")]
    [InlineData("select(error.type,priority)", """{"priority":3}""")]
    [InlineData("select(data.n,data.Big)", """{"data":{"n":1.50,"Big":12345678901234567890.10}}""")]
    [InlineData("select(data.list.x)", """{"data":{"list":[{"x":1},{}]}}""")]
    [InlineData(
        "select(data.list.x,data.list.y,data.deep.a.b)",
        """{"data":{"list":[{"x":1,"y":"\ud83d\ude42"},{"y":2}],"deep":{"a":{"b":null}}}}""")]
    [InlineData("select(data.deep.a.b.c,data.n.x)", """{"data":{"deep":{"a":{}}}}""")]
    [InlineData("select(data.k%252Ex)", """{"data":{"k.x":"\u0000"}}""")]
    [InlineData("select(data.%25C3%25A9.x)", """{"data":{"é":[[{"x":1}]]}}""")]
    [InlineData("select(data.nothing)", """{"data":{}}""")]
    [InlineData("select(data)", $$"""{"data":{{Data}}}""")]
    public async Task Only_what_is_selected_is_shown_and_as_it_was_sent(string query, string expected)
    {
        var function = $"selected-{Guid.NewGuid():N}";
        await server.CreateWaitingAsync(function, $$""","priority":3,"tags":["t"],"data":{{Data}}""");

        var answer = await server.GetAsync(
            $"/tasks/v1/?functionName={function}&{query.Replace("FUNCTION", function, StringComparison.Ordinal)}");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(
            expected.Replace("FUNCTION", function, StringComparison.Ordinal),
            Assert.Single(answer.Json.GetProperty("data").EnumerateArray()).GetRawText());
    }

    [Theory]
    [InlineData("skipCount()")]
    [InlineData("skip_count()")]
    [InlineData("and(skipCount(),limit(20))")]
    public async Task A_count_that_nobody_wants_is_left_out(string query)
    {
        await server.CreateWaitingAsync("uncounted");

        var answer = await server.GetAsync($"/tasks/v1/?{query}&functionName=uncounted");

        Assert.Equal("""{"offset":0,"limit":20}""", answer.Json.GetProperty("page").GetRawText());
        Assert.NotEmpty(answer.Json.GetProperty("data").EnumerateArray());
    }

    [Theory]
    [InlineData("sort(priority)", "-2,0,1,10")]
    [InlineData("sort(-priority)", "10,1,0,-2")]
    [InlineData("sort(%2Bdata.group,-priority)", "10,0,1,-2")]
    [InlineData("sort(-data.group,priority)&limit(2,1)", "1,0")]
    [InlineData("sort(data.missing)", "-2,10,1,0")]
    [InlineData("sort(-priority)&sort(priority)", "-2,0,1,10")]
    [InlineData("priority%3E=1&sort(priority)", "1,10")]
    [InlineData("priority%3C0", "-2")]
    [InlineData("ge(priority,%252D2)&priority!=10&sort(priority)", "-2,0,1")]
    public async Task What_is_found_is_sorted(string query, string expected)
    {
        var function = $"sorted-{Guid.NewGuid():N}";
        foreach (var (priority, group) in new[] { (0, "a"), (1, "b"), (10, "a"), (-2, "b") })
        {
            await server.CreateWaitingAsync(function, $$""","priority":{{priority}},"data":{"group":"{{group}}"}""");
        }

        var answer = await server.GetAsync($"/tasks/v1/?functionName={function}&{query}");

        Assert.Equal(expected, string.Join(
            ',', answer.Json.GetProperty("data").EnumerateArray().Select(static task => task.GetProperty("priority").GetRawText())));
    }

    [Fact]
    public async Task A_time_is_found_as_it_is_shown()
    {
        var id = await server.CreateWaitingAsync("timed");
        var shown = (await server.GetAsync($"/tasks/v1/{id}")).Json.GetProperty("creationTimestamp").GetString()!;

        foreach (var time in new[] { shown, Uri.EscapeDataString(shown), Uri.EscapeDataString(Uri.EscapeDataString(shown)) })
        {
            Assert.Equal(
                id, (await server.GetAsync($"/tasks/v1/?id={id}&creationTimestamp={time}")).Json.GetProperty("data")[0].GetProperty("id")
                    .GetString());
        }

        Assert.Empty(
            (await server.GetAsync($"/tasks/v1/?id={id}&gt(creationTimestamp,{shown})")).Json.GetProperty("data").EnumerateArray());
        Assert.Equal(1, (await server.GetAsync($"/tasks/v1/?id={id}&le(creationTimestamp,{shown})")).Json.GetProperty("page")
            .GetProperty("total").GetInt32());
    }

    [Theory]
    [InlineData("?ge(timestamp,2021-09-29T15:17:07.051Z)", true)]
    [InlineData("?timestamp%3E=2021-09-29T15:17:07.051Z", true)]
    [InlineData("?timestamp=ge=2021-09-29T15%253A17%253A07.052Z", false)]
    [InlineData("?ge(timestamp,epoch:1632928627051)&ge(timestamp,2020-01-01)", true)]
    public async Task Of_a_log_the_lines_from_a_time_on_are_shown(string query, bool areShown)
    {
        var task = await server.RunAsync("chatty", "complete");

        var answer = await server.GetAsync($"/tasks/v1/{task.GetProperty("id").GetString()}/logs{query}");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(areShown, answer.Json.GetProperty("data").GetArrayLength() > 0);
    }

    [Theory]
    [InlineData("?gt(timestamp,2021-09-29T15:17:07.051Z)")]
    [InlineData("?ge(timestamp,soon)")]
    [InlineData("?ge(message,a)")]
    [InlineData("?ge(id,a)")]
    [InlineData("?or(ge(timestamp,2020-01-01),ge(timestamp,2021-01-01))")]
    [InlineData("?select(message)")]
    [InlineData("?sort(timestamp)")]
    [InlineData("?x")]
    public async Task A_log_takes_no_other_filter(string query)
    {
        var task = await server.RunAsync("chatty", "complete");

        (await server.GetAsync($"/tasks/v1/{task.GetProperty("id").GetString()}/logs{query}")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    [Fact]
    public async Task No_text_makes_the_server_fail()
    {
        await server.CreateWaitingAsync("fuzzed", ""","data":{"a":[1,"x\u0000",{"b":null}]},"tags":["a"]""");

        await Fuzzing.Texts.SampleAsync(async text =>
        {
            // What the URL of a client cannot hold never gets here.
            var query = string.Concat(text.Select(static letter =>
                char.IsAsciiLetterOrDigit(letter) || "%(),.=&:<>!-_'$[]".Contains(letter) ? $"{letter}"
                : Uri.EscapeDataString(char.IsSurrogate(letter) ? "\uFFFD" : $"{letter}")));
            var answer = await server.GetAsync($"/tasks/v1/?{query}");
            Assert.True(
                answer.Status == HttpStatusCode.OK
                    || (answer.Status == HttpStatusCode.BadRequest && answer.Json.GetProperty("code").GetInt32() == 19),
                $"{answer.Status}: {answer.Text}");
        }, iter: 400, time: Fuzzing.Seconds, threads: 1);
    }
}
