using System.Text.Json;
using TasksBus.Functions;
using TasksBus.Functions.Management;
using TasksBus.Lambda;
using TasksBus.Settings;
using TasksBus.Tests.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>The calls that manage functions, against a Lambda that is busy, fails and loses answers.</summary>
public class LambdaManagementTests
{
    private const string Settled =
        """{"FunctionName":"greet","State":"Active","LastUpdateStatus":"Successful","Description":"marker","CodeSha256":"hash"}""";

    private static readonly FunctionConfiguration s_configuration = new(
        "greet", "index.handler", "nodejs22.x", 30, 128, new Dictionary<string, string> { ["NAME"] = "välue" }, "marker");

    private static string Wrapped(string function = Settled) =>
        $$"""{"Configuration":{{function}},"Code":{"Location":"https://example.com"} }""";

    [Fact]
    public async Task A_function_is_made_with_its_code_role_and_settings_by_a_signed_call()
    {
        await using var server = FaultyServer.Answering("201 Created", Settled);

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.True(result.IsDone, result.Message);
        Assert.Equal(new DeployedFunction("marker", "hash", false, null), result.Function);
        var request = Assert.Single(server.Requests);
        Assert.Equal(("POST", "/2015-03-31/functions"), (request.Method, request.Path));
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/", request.Headers["Authorization"], StringComparison.Ordinal);
        var body = JsonElement.Parse(request.Body);
        Assert.Equal(
            ["FunctionName", "Role", "Code", "Handler", "Runtime", "Timeout", "MemorySize", "Description", "Environment"],
            body.EnumerateObject().Select(static property => property.Name));
        Assert.Equal(Zip, body.GetProperty("Code").GetProperty("ZipFile").GetBytesFromBase64());
        Assert.Equal("välue", body.GetProperty("Environment").GetProperty("Variables").GetProperty("NAME").GetString());
        Assert.Equal(
            ("arn:aws:iam::123456789012:role/functions", 30),
            (body.GetProperty("Role").GetString(), body.GetProperty("Timeout").GetInt32()));
    }

    [Theory]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:greet", "111122223333")]
    [InlineData("arn:aws:lambda:eu-west-1:111122223333:function:greet:$LATEST", "111122223333")]
    [InlineData("arn:aws:lambda:us-east-1:000000000000:function:greet", null)]
    [InlineData("greet", null)]
    public async Task The_account_in_which_Lambda_has_it_is_learned_unless_it_is_that_of_an_endpoint_in_its_place(
        string arn, string? account)
    {
        await using var server = FaultyServer.Answering(
            "201 Created", Settled.Replace("{", $$"""{"FunctionArn":"{{arn}}",""", StringComparison.Ordinal));

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.Equal(account, result.Function!.Account);
    }

    [Fact]
    public async Task What_Lambda_is_still_at_work_on_is_waited_for()
    {
        await using var server = FaultyServer.Start(exchange => exchange.RespondAsync("200 OK", exchange.Number switch
        {
            1 => Utf8("""{"State":"Pending","CodeSha256":"hash"}"""),
            2 => Utf8(Wrapped("""{"State":"Active","LastUpdateStatus":"InProgress"}""")),
            _ => Utf8(Wrapped()),
        }));

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.True(result.IsDone, result.Message);
        Assert.Equal(["POST", "GET", "GET"], server.Requests.Select(static request => request.Method));
    }

    [Theory]
    [InlineData("""{"State":"Failed","StateReason":"no subnet"}""", "no subnet")]
    [InlineData("""{"State":"Active","LastUpdateStatus":"Failed","LastUpdateStatusReason":"bad key"}""", "bad key")]
    public async Task What_Lambda_took_and_could_not_do_is_refused_with_its_reason(string function, string reason)
    {
        await using var server = FaultyServer.Answering("200 OK", function);

        var result = await CallAsync(server, lambda => lambda.UpdateConfigurationAsync(s_configuration, default));

        Assert.Equal((ManagementOutcome.ConfigurationRefused, reason), (result.Outcome, result.Message));
    }

    [Theory]
    [InlineData("429 Too Many Requests", "TooManyRequestsException")]
    [InlineData("500 Internal Server Error", "ServiceException")]
    [InlineData("503 Service Unavailable", "")]
    [InlineData("409 Conflict", "ResourceConflictException")]
    public async Task An_update_is_sent_again_while_Lambda_is_busy_or_fails(string status, string code)
    {
        await using var server = FaultyServer.Start(exchange => exchange.Number <= 2
            ? exchange.RespondAsync(status, Utf8("""{"message":"later"}"""), $"x-amzn-ErrorType: {code}:http://internal.amazon.com/")
            : exchange.RespondAsync("200 OK", Utf8(Settled)));

        var result = await CallAsync(server, lambda => lambda.UpdateCodeAsync("greet", Zip, default));

        Assert.True(result.IsDone, result.Message);
        Assert.Equal(3, server.Requests.Count);
        Assert.All(
            server.Requests, static request => Assert.Equal(("PUT", "/2015-03-31/functions/greet/code"), (request.Method, request.Path)));
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_looked_up_and_not_sent_again()
    {
        await using var server = FaultyServer.Start(async exchange =>
        {
            if (exchange.Number == 1)
            {
                exchange.Reset();
                return;
            }

            await exchange.RespondAsync("200 OK", Utf8(Wrapped()));
        });

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.True(result.IsDone, result.Message);
        Assert.Equal(["POST", "GET"], server.Requests.Select(static request => request.Method));
    }

    [Fact]
    public async Task A_create_that_did_not_arrive_is_sent_again()
    {
        await using var server = FaultyServer.Start(exchange => exchange.Number switch
        {
            1 => exchange.RespondAsync("500 Internal Server Error", Utf8("{}")),
            2 => exchange.RespondAsync(
                "404 Not Found", Utf8("""{"Message":"Function not found"}"""), "x-amzn-ErrorType: ResourceNotFoundException"),
            _ => exchange.RespondAsync("201 Created", Utf8(Settled)),
        });

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.True(result.IsDone, result.Message);
        Assert.Equal(["POST", "GET", "POST"], server.Requests.Select(static request => request.Method));
    }

    [Fact]
    public async Task A_function_of_somebody_else_is_left_alone()
    {
        await using var server = FaultyServer.Start(exchange => exchange.Request.Method == "GET"
            ? exchange.RespondAsync("200 OK", Utf8(Wrapped("""{"State":"Active","Description":"theirs"}""")))
            : exchange.RespondAsync(
                "409 Conflict", Utf8("""{"message":"Function already exist"}"""), "x-amzn-ErrorType: ResourceConflictException"));

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default));

        Assert.Equal(ManagementOutcome.Exists, result.Outcome);
    }

    [Theory]
    [InlineData(400, "InvalidParameterValueException", "Could not unzip uploaded file.", ManagementOutcome.CodeRefused)]
    [InlineData(400, "InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes", ManagementOutcome.CodeRefused)]
    [InlineData(
        400, "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.",
        ManagementOutcome.ConfigurationRefused)]
    [InlineData(400, "CodeStorageExceededException", "Code storage limit exceeded.", ManagementOutcome.CodeRefused)]
    [InlineData(413, "RequestEntityTooLargeException", "Request must be smaller than 70167211 bytes", ManagementOutcome.CodeRefused)]
    [InlineData(404, "ResourceNotFoundException", "Function not found", ManagementOutcome.NotFound)]
    [InlineData(403, "AccessDeniedException", "not authorized to perform: lambda:CreateFunction", ManagementOutcome.NotAllowed)]
    [InlineData(403, "InvalidSignatureException", "The request signature does not match", ManagementOutcome.NotAllowed)]
    [InlineData(400, "SomethingNew", "words", ManagementOutcome.NotAllowed)]
    [InlineData(502, null, "a page", ManagementOutcome.Unknown)]
    public void Lambdas_errors_keep_its_words(int status, string? code, string words, ManagementOutcome outcome)
    {
        var result = ManagementAnswers.Interpret((System.Net.HttpStatusCode)status, code, words);

        Assert.Equal(outcome, result.Outcome);
        Assert.Contains(words, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_is_gone_counts_as_deleted()
    {
        await using var server = FaultyServer.Answering(
            "404 Not Found", """{"Message":"Function not found"}""", "x-amzn-ErrorType: ResourceNotFoundException");

        Assert.True((await CallAsync(server, lambda => lambda.DeleteAsync("greet", default))).IsDone);
        Assert.Equal(("DELETE", "/2015-03-31/functions/greet"), (server.Requests[0].Method, server.Requests[0].Path));
    }

    [Fact]
    public async Task A_call_that_is_given_up_is_unknown()
    {
        await using var server = FaultyServer.Start(static exchange => exchange.NeverAnswerAsync());
        using CancellationTokenSource patience = new();
        var calling = CallAsync(server, lambda => lambda.UpdateCodeAsync("greet", Zip, patience.Token));
        await Eventually.TrueAsync(() => server.Requests.Count == 1, "it is sent");

        await patience.CancelAsync();

        Assert.Equal(ManagementOutcome.Unknown, (await calling).Outcome);
    }

    [Fact]
    public async Task Without_a_role_nothing_is_made_and_the_setting_is_named()
    {
        await using var server = FaultyServer.Answering("201 Created", Settled);

        var result = await CallAsync(server, lambda => lambda.CreateAsync(s_configuration, Zip, default), role: null);

        Assert.Equal(ManagementOutcome.NotAllowed, result.Outcome);
        Assert.Contains("TasksBus:Lambda:ExecutionRole", result.Message, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public void A_role_is_an_ARN() =>
        Assert.Contains(
            "ExecutionRole",
            Assert.Single(SettingFaults.Of(new LambdaOptions { Region = "eu-west-1", ExecutionRole = "functions" }, LambdaOptions.Section)),
            StringComparison.Ordinal);

    private static readonly byte[] Zip = Zips.Of(("index.mjs", "export const handler = () => null;", false));

    private static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static async Task<ManagementResult> CallAsync(
        FaultyServer server, Func<LambdaManagement, Task<ManagementResult>> call, string? role = "arn:aws:iam::123456789012:role/functions")
    {
        var options = Invocations.OptionsFor(server.Address);
        options.ExecutionRole = role;
        using LambdaRequests requests = new(options, TimeProvider.System);
        return await call(new(options, requests, TimeProvider.System)).EndsAsync();
    }
}
