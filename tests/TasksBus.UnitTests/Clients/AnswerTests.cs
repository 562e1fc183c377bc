using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using TasksBus.Client;
using TasksBus.Contracts;
using Xunit;

namespace TasksBus.UnitTests.Clients;

/// <summary>What stands before a server may answer in its place. A call then says so, instead of having done nothing.</summary>
public sealed class AnswerTests
{
    private const string Page = """{"page":{"total":0,"offset":0,"limit":20},"data":[]}""";

    /// <summary>With 301 and 302 a POST becomes a GET, which a server answers with a list.</summary>
    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    public async Task A_redirect_is_not_followed_and_the_error_names_where_it_leads(int status)
    {
        var requests = 0;
        await using var proxy = await ScriptedServer.StartAsync(context =>
        {
            requests++;
            context.Response.StatusCode = context.Request.Path.StartsWithSegments("/behind", StringComparison.Ordinal) ? 200 : status;
            context.Response.Headers.Location = $"http://user:secret@{context.Request.Host}/behind/tasks/v1/?key=secret";
            return context.Response.WriteAsync(Page);
        });
        await using var client = TestClient.Of(proxy.Url);

        foreach (var call in CallsOf(client.Calls))
        {
            var error = await Assert.ThrowsAsync<TasksBusException>(call);
            Assert.Equal((0, status), (error.Code.Code, error.Code.HttpStatus));
            Assert.Contains($"redirects to {proxy.Url}/behind/tasks/v1/ ({status})", error.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal(3, requests);
    }

    [Theory]
    [InlineData(Page)]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""{"id":"507f1f77bcf86cd799439011","data":[{"id":"507f1f77bcf86cd799439011"},null]}""")]
    [InlineData("")]
    public async Task An_answer_that_does_not_say_what_was_done_is_an_error(string answer)
    {
        await using var other = await ScriptedServer.StartAsync(context => context.Response.WriteAsync(answer));
        await using var client = TestClient.Of(other.Url);

        foreach (var call in CallsOf(client.Calls))
        {
            var error = await Assert.ThrowsAsync<TasksBusException>(call);
            Assert.Equal(ErrorCode.ServerException, error.Code);
            Assert.Contains("is the address right?", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Data_without_a_value_is_refused()
    {
        await using var client = TestClient.Of("http://127.0.0.1:1");

        var refused = await Assert.ThrowsAsync<TaskRefusedException>(
            () => client.Calls.ScheduleAsync(new ScheduleTask { FunctionName = "hello", Data = default(System.Text.Json.JsonElement) }));

        Assert.Equal(ErrorCode.FieldFormat, refused.Code);
        Assert.Contains("without a value", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_client_is_refused()
    {
        ServiceCollection services = new();
        services.AddTasksBusClient(static options => options.Address = new("http://one"));

        var refused = Assert.Throws<InvalidOperationException>(
            () => services.AddTasksBusClient(static options => options.Address = new("http://two")));

        Assert.Contains("There is a client of TasksBus already", refused.Message, StringComparison.Ordinal);
    }

    private static Func<Task>[] CallsOf(ITasksBusClient calls) =>
    [
        () => calls.ScheduleAsync("hello", new { }),
        () => calls.ScheduleManyAsync([new() { FunctionName = "hello" }, new() { FunctionName = "hello" }]),
        () => calls.CancelAsync(TaskId.New()),
    ];
}
