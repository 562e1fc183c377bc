using System.Net;
using System.Text.Json;
using Xunit;

namespace TasksBus.UnitTests.Http;

[Collection(ApiServer.Collection)]
public class ListTests(ApiServer server)
{
    [Fact]
    public async Task A_page_is_newest_first_with_its_total_and_limits()
    {
        var ids = await CreateAsync("paged", 60);

        await AssertPageAsync("?eq(functionName,paged)", 0, 20, ids[..20]);
        await AssertPageAsync("?eq(functionName,paged)&limit(5)", 0, 5, ids[..5]);
        await AssertPageAsync("?limit(5%2C3)&eq(functionName%2Cpaged)", 3, 5, ids[3..8]);
        await AssertPageAsync("?eq(functionName,paged)&limit(50)", 0, 50, ids[..50]);
        await AssertPageAsync("?eq(functionName,paged)&limit(51)", 0, 50, ids[..50]);
        await AssertPageAsync("?eq(functionName,paged)&limit(9223372036854775807)", 0, 50, ids[..50]);
        await AssertPageAsync("?eq(functionName,paged)&limit(50,50)", 50, 50, ids[50..]);
        await AssertPageAsync("?eq(functionName,paged)&limit(50,9223372036854775807)", long.MaxValue, 50, []);
        await AssertPageAsync("?and(eq(functionName,paged),limit(2))", 0, 2, ids[..2]);

        async Task AssertPageAsync(string query, long offset, int limit, string[] expected)
        {
            foreach (var path in new[] { "/tasks/v1/", "/tasks/v1" })
            {
                var answer = await server.GetAsync(path + query);
                Assert.Equal(["query", "page", "data"], answer.Json.EnumerateObject().Select(static property => property.Name));
                Assert.Equal("{}", answer.Json.GetProperty("query").GetString());
                Assert.Equal($$"""{"total":60,"offset":{{offset}},"limit":{{limit}}}""", answer.Json.GetProperty("page").GetRawText());
                Assert.Equal(expected, IdsOf(answer));
            }
        }
    }

    [Theory]
    [InlineData("?eq(status,new)")]
    [InlineData("?eq(status%2Cnew)")]
    [InlineData("?eq%28status%2Cnew%29")]
    [InlineData("?status=new")]
    [InlineData("?status%3Dnew")]
    [InlineData("?eq(status,ne%2577)")]
    [InlineData("?and(eq(status,new))")]
    [InlineData("?and(eq(status,new),and(eq(status,new)))")]
    [InlineData("?&eq(status,new)&")]
    public async Task New_tasks_are_found_however_the_filter_is_encoded(string query)
    {
        var waiting = await server.CreateWaitingAsync("filtered");
        var done = (await server.RunAsync("hello", "complete")).GetProperty("id").GetString();

        var found = IdsOf(await server.GetAsync($"/tasks/v1/{query}&limit(50)"));

        Assert.Contains(waiting, found);
        Assert.DoesNotContain(done, found);
    }

    [Theory]
    [InlineData("enc-oded:$LATEST", "enc%252Doded%253A%2524LATEST")]
    [InlineData("enc-oded:plain", "enc-oded:plain")]
    [InlineData("enc-oded:once", "enc%2Doded%3Aonce")]
    [InlineData("enc/oded.slash", "enc%252Foded.slash")]
    public async Task A_value_is_decoded_as_the_SDK_encodes_it(string function, string encoded)
    {
        var id = await server.CreateWaitingAsync(function);

        Assert.Contains(id, IdsOf(await server.GetAsync($"/tasks/v1/?eq(functionName,{encoded})")));
        Assert.Contains(id, IdsOf(await server.GetAsync($"/tasks/v1/?functionName={encoded}")));
    }

    [Fact]
    public async Task An_id_finds_its_task_and_filters_together_must_all_hold()
    {
        var id = await server.CreateWaitingAsync("together");

        Assert.Equal([id], IdsOf(await server.GetAsync($"/tasks/v1/?eq(id,{id})&eq(status,new)&functionName=together")));
        Assert.Equal([id], IdsOf(await server.GetAsync($"/tasks/v1/?id={id.ToUpperInvariant()}")));
        Assert.Empty(IdsOf(await server.GetAsync($"/tasks/v1/?eq(id,{id})&eq(status,failed)")));
        Assert.Empty(IdsOf(await server.GetAsync($"/tasks/v1/?eq(id,{id})&eq(functionName,together)&eq(functionName,apart)")));
    }

    [Theory]
    [InlineData("?eq(id,xyz)")]
    [InlineData("?id=507f1f77bcf86cd799439011")]
    [InlineData("?status=new&status=failed")]
    [InlineData("?eq(functionName,';%20drop%20table%20tasks--)")]
    [InlineData("?eq(functionName,%2525)")]
    [InlineData("?eq(functionName,_)")]
    [InlineData("?eq(functionName,%255C)")]
    [InlineData("?eq(functionName,%25E2%2598%2583)")]
    [InlineData("?eq(functionName,%2500)")]
    [InlineData("?eq(functionName,%)")]
    [InlineData("?eq(functionName,%25ED%25A0%2580)")]
    [InlineData("?eq(functionName,)")]
    [InlineData("?eq(data.a'%2522%255C,1)")]
    public async Task A_value_that_no_task_has_finds_nothing(string query)
    {
        await server.CreateWaitingAsync("bystander");

        var answer = await server.GetAsync($"/tasks/v1/{query}");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("""{"total":0,"offset":0,"limit":20}""", answer.Json.GetProperty("page").GetRawText());
        Assert.Empty(IdsOf(answer));
    }

    [Theory]
    [InlineData("'")]
    [InlineData("\"")]
    [InlineData("%")]
    [InlineData("%25")]
    [InlineData("%00")]
    [InlineData("\\")]
    [InlineData("%E2%98%83")]
    [InlineData("%ED%A0%80")]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData(")(")]
    [InlineData("()")]
    [InlineData("=x")]
    [InlineData("=")]
    [InlineData("new")]
    [InlineData("eq()")]
    [InlineData("eq(status)")]
    [InlineData("eq(status,new")]
    [InlineData("eq(status,new))")]
    [InlineData("eq(status,new)x")]
    [InlineData("eq(status,new,new)")]
    [InlineData("eq(,new)")]
    [InlineData("foo(status,new)")]
    [InlineData("EQ(status,new)")]
    [InlineData("eq(status,new);drop table tasks")]
    [InlineData("and(eq(status,new)")]
    [InlineData("and(foo())")]
    [InlineData("limit()")]
    [InlineData("limit(-1)")]
    [InlineData("limit(x)")]
    [InlineData("limit(1.5)")]
    [InlineData("limit(1,-1)")]
    [InlineData("limit(1,2,3)")]
    [InlineData("limit((1))")]
    [InlineData("limit(99999999999999999999)")]
    [InlineData("sort(nothing)")]
    [InlineData("select(nothing)")]
    [InlineData("select(id,data,data.a)")]
    [InlineData("select(tags.0)")]
    [InlineData("sort()")]
    [InlineData("skipCount(1)")]
    [InlineData("gt(creationTimestamp,yesterday)")]
    [InlineData("priority=high")]
    [InlineData("contains(data.a,limit(1))")]
    [InlineData("and()")]
    [InlineData("a,b")]
    [InlineData("and(a=1&b=2)")]
    [InlineData("nothing=new")]
    [InlineData("foo=bar&status=new")]
    [InlineData("eq(status.x,new)")]
    [InlineData("eq(status,wrong)")]
    [InlineData("status=NEW")]
    [InlineData("limit=5")]
    public async Task A_query_that_does_not_parse_is_refused_as_such(string query) =>
        (await server.GetAsync($"/tasks/v1/?{query}")).IsError(400, 19, "INVALID_RQL_EXCEPTION");

    [Theory]
    [InlineData(20, true)]
    [InlineData(1_000, true)]
    [InlineData(10_000, true)]
    [InlineData(10_000, false)]
    public async Task Deep_nesting_is_refused_as_such(int depth, bool closed)
    {
        var query = string.Concat(Enumerable.Repeat("and(", depth)) + "eq(status,new)" + (closed ? new string(')', depth) : "");

        (await server.GetAsync($"/tasks/v1/?{query}")).IsError(400, 19, "INVALID_RQL_EXCEPTION");
    }

    private static string[] IdsOf(Answer answer) =>
        [.. answer.Json.GetProperty("data").EnumerateArray().Select(static task => task.GetProperty("id").GetString()!)];

    /// <returns>The ids, newest first.</returns>
    private async Task<string[]> CreateAsync(string function, int count)
    {
        var tasks = string.Join(',', Enumerable.Repeat($$"""{"functionName":"{{function}}","startTimestamp":"2999-01-01"}""", count));
        var answer = await server.PostAsync("/tasks/v1/batch", $$"""{"tasks":[{{tasks}}]}""");
        return [.. IdsOf(answer).Reverse()];
    }
}
