using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using TasksBus.Functions.Management;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.UnitTests.Http;

/// <summary>The functions resource, over a Lambda in memory; each test uses functions of its own.</summary>
public class FunctionTests(FunctionTests.FunctionServer server) : IClassFixture<FunctionTests.FunctionServer>
{
    private const string Functions = "/tasks/v1/functions";

    [Theory]
    [InlineData(Functions)]
    [InlineData(Functions + "/")]
    public async Task A_function_of_the_required_fields_alone_has_the_defaults_and_no_absent_field(string path)
    {
        var name = $"defaults-{path.Length}";
        var made = await server.PostAsync(path, Body(name));

        Assert.Equal((HttpStatusCode.OK, "application/json"), (made.Status, made.ContentType));
        Assert.Equal(
            ["name", "entryPoint", "runtime", "timeLimit", "memoryLimit", "environmentVariables", "executionOptions", "retryPolicy",
                "enabled", "updateTimestamp"],
            made.Json.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(
            $$"""{"name":"{{name}}","entryPoint":"index.handler","runtime":"nodejs22.x","timeLimit":30,"memoryLimit":128,"""
                + "\"environmentVariables\":{},\"executionOptions\":"
                + """{"permissionMode":"permissionRequired","defaultPriority":0},"retryPolicy":"""
                + """{"enabled":false,"errorsToRetry":[]},"enabled":true""",
            made.Text[..made.Text.IndexOf(",\"updateTimestamp", StringComparison.Ordinal)]);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", made.Json.GetProperty("updateTimestamp").GetString());
        Assert.Equal(made.Text, (await server.GetAsync($"{Functions}/{name}/")).Text);
    }

    [Fact]
    public async Task A_function_with_everything_is_answered_and_read_again_as_it_was_sent()
    {
        const string More = """
            ,"description":"ü","timeLimit":300,"memoryLimit":10240,
            "environmentVariables":{"Some_Name":{"value":"<&>'"},"some_name":{"value":""}},
            "executionOptions":{"permissionMode":"public","defaultPriority":9007199254740991},
            "retryPolicy":{"enabled":true,"errorsToRetry":["RangeError"]},"unknown":[1]
            """;
        var made = await server.PostAsync(Functions, Body("whole", More));

        Assert.Equal(HttpStatusCode.OK, made.Status);
        Assert.Equal(
            ("ü", 300, 10240),
            (made.Json.GetProperty("description").GetString(), made.Json.GetProperty("timeLimit").GetInt32(),
                made.Json.GetProperty("memoryLimit").GetInt32()));
        var variables = made.Json.GetProperty("environmentVariables");
        Assert.Equal(
            ("<&>'", ""),
            (variables.GetProperty("Some_Name").GetProperty("value").GetString(),
                variables.GetProperty("some_name").GetProperty("value").GetString()));
        Assert.Equal(
            """{"permissionMode":"public","defaultPriority":9007199254740991}""", made.Json.GetProperty("executionOptions").GetRawText());
        Assert.Equal("""{"enabled":true,"errorsToRetry":["RangeError"]}""", made.Json.GetProperty("retryPolicy").GetRawText());
        Assert.False(made.Json.TryGetProperty("code", out _));
        Assert.Equal(made.Text, (await server.GetAsync($"{Functions}/whole")).Text);
    }

    [Fact]
    public async Task The_list_is_one_page_with_all_whatever_is_asked()
    {
        await server.PostAsync(Functions, Body("listed-b"));
        await server.PostAsync(Functions, Body("listed-a", ""","description":"first" """));

        var list = (await server.GetAsync($"{Functions}/?eq(name,x)&limit(1)&nonsense((")).Json;

        Assert.Equal("{}", list.GetProperty("query").GetString());
        Assert.Equal(list.GetProperty("data").GetArrayLength(), list.GetProperty("page").GetProperty("total").GetInt32());
        Assert.Equal(0, list.GetProperty("page").GetProperty("offset").GetInt32());
        var listed = list.GetProperty("data").EnumerateArray()
            .Where(static one => one.GetProperty("name").GetString()!.StartsWith("listed-", StringComparison.Ordinal)).ToList();
        Assert.Equal(["listed-a", "listed-b"], listed.Select(static one => one.GetProperty("name").GetString()));
        Assert.Equal(["name", "description", "updateTimestamp"], listed[0].EnumerateObject().Select(static property => property.Name));
        Assert.Equal(["name", "updateTimestamp"], listed[1].EnumerateObject().Select(static property => property.Name));
    }

    [Fact]
    public async Task An_update_answers_how_many_it_changed_and_leaves_what_it_does_not_say()
    {
        await server.PostAsync(Functions, Body(
            "updated",
            ""","executionOptions":{"permissionMode":"allUsers","defaultPriority":3},"environmentVariables":{"AB":{"value":"x"}}"""));

        const string Changes = """
            {"name":"updated","timeLimit":60,"executionOptions":{"defaultPriority":4},"retryPolicy":{"enabled":true},"description":null}
            """;
        Assert.Equal("""{"affectedRecords":1}""", (await PutAsync("updated", Changes)).Text);
        Assert.Equal("""{"affectedRecords":1}""", (await PutAsync("updated", "{}")).Text);

        var function = (await server.GetAsync($"{Functions}/updated")).Json;
        Assert.Equal("""{"permissionMode":"allUsers","defaultPriority":4}""", function.GetProperty("executionOptions").GetRawText());
        Assert.Equal("""{"enabled":true,"errorsToRetry":[]}""", function.GetProperty("retryPolicy").GetRawText());
        Assert.Equal("""{"AB":{"value":"x"}}""", function.GetProperty("environmentVariables").GetRawText());
        Assert.Equal(60, server.Lambda["updated"]!.Configuration.Timeout);
        (await PutAsync("nobody", """{"timeLimit":60}""")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
    }

    [Fact]
    public async Task A_function_is_enabled_disabled_and_deleted()
    {
        await server.PostAsync(Functions, Body("switched"));

        foreach (var (call, isEnabled) in new[] { ("disable", false), ("disable", false), ("enable", true), ("enable", true) })
        {
            Assert.Equal("""{"affectedRecords":1}""", (await server.PostAsync($"{Functions}/switched/{call}", "{}")).Text);
            Assert.Equal(isEnabled, (await server.GetAsync($"{Functions}/switched")).Json.GetProperty("enabled").GetBoolean());
        }

        Assert.Equal("""{"affectedRecords":1}""", (await SendAsync(HttpMethod.Delete, "switched")).Text);
        Assert.Null(server.Lambda["switched"]);
        (await server.GetAsync($"{Functions}/switched")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await SendAsync(HttpMethod.Delete, "switched")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
        (await server.PostAsync($"{Functions}/switched/enable")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
    }

    [Theory]
    [InlineData(null, 13)]
    [InlineData("[]", 22)]
    [InlineData("{", 22)]
    [InlineData("{}", 14)]
    [InlineData("""{"name":"bad"}""", 14)]
    [InlineData("""{"name":"bad","runtime":"nodejs22.x","entryPoint":"index.handler"}""", 14)]
    [InlineData("""{"name":"bad","runtime":"nodejs22.x","code":"QUJD"}""", 14)]
    [InlineData("""{"name":"bad","entryPoint":"index.handler","code":"QUJD"}""", 14)]
    [InlineData("""{"name":5}""", 15)]
    [InlineData("""{"name":"bad","timeLimit":"30"}""", 15)]
    [InlineData("""{"name":"bad","timeLimit":3.5}""", 15)]
    [InlineData("""{"name":"bad","environmentVariables":{"AB":"value"}}""", 15)]
    [InlineData("""{"name":"bad","environmentVariables":[]}""", 15)]
    [InlineData("""{"name":"bad","executionOptions":[]}""", 15)]
    [InlineData("""{"name":"bad","retryPolicy":{"enabled":"yes"}}""", 15)]
    [InlineData("""{"name":"bad","retryPolicy":{"errorsToRetry":[1]}}""", 15)]
    [InlineData("""{"name":"\ud800"}""", 15)]
    public async Task A_body_that_is_no_function_is_refused_with_its_code(string? body, int code)
    {
        (await server.PostAsync(Functions, body)).IsBodyError(code);
    }

    [Fact]
    public async Task A_function_that_cannot_be_is_refused_with_the_code_of_what_is_wrong()
    {
        (await server.PostAsync(Functions, Body("not fine"))).IsError(400, 1407, "INVALID_FUNCTION_NAME_EXCEPTION");
        (await server.PostAsync(Functions, Body("refused", ""","timeLimit":2""")))
            .IsError(400, 1402, "INVALID_FUNCTION_CONFIGURATION_EXCEPTION");
        (await server.PostAsync(Functions, Body("refused", ""","executionOptions":{"permissionMode":"all"}""")))
            .IsError(400, 1402, "INVALID_FUNCTION_CONFIGURATION_EXCEPTION");
        (await server.PostAsync(Functions, """{"name":"refused","runtime":"nodejs22.x","entryPoint":"index.handler","code":"QUJD"}"""))
            .IsError(400, 1401, "INVALID_FUNCTION_CODE_EXCEPTION");
        await server.PostAsync(Functions, Body("twice"));
        (await server.PostAsync(Functions, Body("twice"))).IsError(400, 17, "RESOURCE_ALREADY_EXISTS_EXCEPTION");
        (await PutAsync("twice", """{"code":"QUJD"}""")).IsError(400, 1401, "INVALID_FUNCTION_CODE_EXCEPTION");
        (await PutAsync("twice", """{"memoryLimit":1}""")).IsError(400, 1402, "INVALID_FUNCTION_CONFIGURATION_EXCEPTION");
        (await server.GetAsync($"{Functions}/refused")).IsError(404, 16, "RESOURCE_UNKNOWN_EXCEPTION");
    }

    [Fact]
    public async Task A_value_of_the_environment_is_never_repeated_in_an_error()
    {
        var answer = await server.PostAsync(
            Functions, Body("secretive", ""","environmentVariables":{"AB":{"value":"s3cret"},"CD":{"value":5}}"""));

        Assert.DoesNotContain("s3cret", answer.IsError(400, 15, "FIELD_FORMAT_EXCEPTION"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Code_of_40_megabytes_is_taken()
    {
        var noise = new byte[40_000_000];
        new Random(1).NextBytes(noise);
        using var buffer = new MemoryStream();
        using (var archive = new System.IO.Compression.ZipArchive(buffer, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true))
        {
            await using var noisy = archive.CreateEntry("noise", System.IO.Compression.CompressionLevel.NoCompression).Open();
            await noisy.WriteAsync(noise);
        }

        using (var archive = new System.IO.Compression.ZipArchive(buffer, System.IO.Compression.ZipArchiveMode.Update, leaveOpen: true))
        {
            archive.CreateEntry("index.mjs");
        }

        var code = Convert.ToBase64String(buffer.ToArray());
        var made = await server.PostAsync(
            Functions, $$"""{"name":"large","runtime":"nodejs22.x","entryPoint":"index.handler","code":"{{code}}"}""");

        Assert.True(made.Status == HttpStatusCode.OK, made.Text[..Math.Min(made.Text.Length, 300)]);
    }

    private static string Body(string name, string more = "") =>
        $$"""{"name":"{{name}}","runtime":"nodejs22.x","entryPoint":"index.handler","code":"{{Zips.Base64()}}"{{more}}}""";

    private Task<Answer> PutAsync(string name, string body) => SendAsync(HttpMethod.Put, name, body);

    private Task<Answer> SendAsync(HttpMethod method, string name, string? body = null) =>
        server.SendAsync(new(method, $"{Functions}/{name}")
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        });

    public sealed class FunctionServer : ApiServer
    {
        internal ScriptedManagement Lambda { get; } = new();

        private protected override void Change(IServiceCollection services) =>
            services.Replace(ServiceDescriptor.Singleton<IFunctionManagement>(Lambda));
    }
}
