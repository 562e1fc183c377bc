using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using TasksBus.Functions;
using TasksBus.Lambda;
using Xunit;

namespace TasksBus.UnitTests.Functions;

public partial class LambdaSigningTests
{
    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("hello:$LATEST", "hello%3A%24LATEST")]
    [InlineData(
        "arn:aws:lambda:eu-west-1:123456789012:function:hello:live",
        "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello%3Alive")]
    [InlineData("a b/../ü%2F", "a%20b%2F..%2F%C3%BC%252F")]
    public async Task A_request_is_signed_as_AWS_checks_it(string functionName, string inPath)
    {
        await using var server = FaultyServer.Answering("200 OK", "null");

        await server.InvokeAsync(Invocations.Of(functionName, """{"a":"ü"}"""));

        var request = Assert.Single(server.Requests);
        Assert.Equal($"/2015-03-31/functions/{inPath}/invocations", request.Path);
        Assert.Equal(server.Address.Authority, request.Headers["Host"]);
        var authorization = AuthorizationHeader().Match(request.Headers["Authorization"]);
        Assert.Equal("eu-west-1/lambda", authorization.Groups["scope"].Value);
        Assert.Contains("host", authorization.Groups["signed"].Value.Split(';'));
        Assert.Equal(Sign(request, authorization, "wJalrXUtnFEMI"), authorization.Groups["signature"].Value);
    }

    [Fact]
    public async Task A_session_token_is_sent_and_signed()
    {
        await using var server = FaultyServer.Answering("200 OK", "null");
        var options = Invocations.OptionsFor(server.Address);
        options.SessionToken = "token/+=";
        using var invoker = Invocations.InvokerFor(options);

        await invoker.InvokeAsync(Invocations.Of(), default);

        var request = Assert.Single(server.Requests);
        Assert.Equal("token/+=", request.Headers["X-Amz-Security-Token"]);
        var authorization = AuthorizationHeader().Match(request.Headers["Authorization"]);
        Assert.Contains("x-amz-security-token", authorization.Groups["signed"].Value.Split(';'));
        Assert.Equal(Sign(request, authorization, "wJalrXUtnFEMI"), authorization.Groups["signature"].Value);
    }

    [Fact]
    public async Task Any_call_of_the_REST_API_is_signed_its_query_and_missing_body_too()
    {
        await using var server = FaultyServer.Answering("200 OK", "{}");
        using var requests = new LambdaRequests(Invocations.OptionsFor(server.Address), TimeProvider.System);
        var call = new LambdaCall(HttpMethod.Get, "/2015-03-31/functions/{FunctionName}/versions")
        {
            PathParameters = new Dictionary<string, string> { ["FunctionName"] = "a:b c" },
            Query = new Dictionary<string, string> { ["Marker"] = "x/+= &ü", ["MaxItems"] = "50" },
        };

        using var request = requests.Create(call, await requests.ResolveCredentialsAsync(default));
        using var response = await requests.SendAsync(request, default);

        var received = Assert.Single(server.Requests);
        Assert.Equal("GET", received.Method);
        Assert.Equal("/2015-03-31/functions/a%3Ab%20c/versions?Marker=x%2F%2B%3D%20%26%C3%BC&MaxItems=50", received.Path);
        Assert.Empty(received.Body);
        var authorization = AuthorizationHeader().Match(received.Headers["Authorization"]);
        Assert.Equal(Sign(received, authorization, "wJalrXUtnFEMI"), authorization.Groups["signature"].Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    public async Task A_name_that_names_nothing_is_refused_without_a_request(string functionName)
    {
        await using var server = FaultyServer.Answering("200 OK", "null");

        Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync(Invocations.Of(functionName)));
        Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync(Invocations.Of(new string('x', 100_000))));
        Assert.Empty(server.Requests);
    }

    [GeneratedRegex("^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/(?<date>\\d{8})/(?<scope>[^/]+/[^/]+)/aws4_request, "
        + "SignedHeaders=(?<signed>[^,]+), Signature=(?<signature>[0-9a-f]{64})$")]
    private static partial Regex AuthorizationHeader();

    /// <summary>
    /// Signature version 4 over what arrived, as the AWS documentation describes it ("Create a signed AWS API request"):
    /// Outside S3 each segment of the path is encoded once more.
    /// </summary>
    private static string Sign(ReceivedRequest request, Match authorization, string secret)
    {
        var signed = authorization.Groups["signed"].Value;
        // The queries of these tests are in order already.
        var (path, query) = request.Path.Split('?') is [var before, var after] ? (before, after) : (request.Path, "");
        var canonical = string.Join('\n', [
            request.Method,
            string.Join('/', path.Split('/').Select(Uri.EscapeDataString)),
            query,
            .. signed.Split(';').Select(name => $"{name}:{request.Headers[name].Trim()}"),
            "",
            signed,
            Convert.ToHexStringLower(SHA256.HashData(request.Body))]);
        var scope = $"{authorization.Groups["date"].Value}/{authorization.Groups["scope"].Value}/aws4_request";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
        var toSign = string.Create(
            CultureInfo.InvariantCulture, $"AWS4-HMAC-SHA256\n{request.Headers["X-Amz-Date"]}\n{scope}\n{hash}");
        var key = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secret), (previous, part) => HMACSHA256.HashData(previous, Encoding.UTF8.GetBytes(part)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
    }
}
