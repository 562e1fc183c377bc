using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace TasksBus.LocalLambda.Tests;

/// <summary>What a server with keys lets in, and what it says to others.</summary>
public sealed class SignatureTests : SignatureTest
{
    private const string Unsigned = "UNSIGNED-PAYLOAD";

    [Fact]
    public async Task A_request_signed_with_any_of_the_keys_runs_the_function()
    {
        foreach (var key in Options.Keys)
        {
            Assert.Equal("""{"a":"ü"}""", (await SendAsync(new() { Key = key })).Value);
            Assert.Equal("{}", (await SendAsync(new() { Key = key, Body = "" })).Value);
        }
    }

    [Theory]
    [InlineData("/2015-03-31/functions/echo%3A%24LATEST/invocations")]
    [InlineData("/2015-03-31/functions/echo/invocations?Qualifier=%24LATEST")]
    [InlineData("/2015-03-31/functions/echo/invocations?b=2&a=x%20y&a=%C3%BC&c")]
    [InlineData("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aecho/invocations")]
    public async Task A_path_and_a_query_are_signed_as_they_are_sent(string target) =>
        Assert.Equal("""{"a":"ü"}""", (await SendAsync(new() { Target = target })).Value);

    [Theory]
    [InlineData("us-east-1")]
    [InlineData("eu-central-1")]
    public async Task Any_region_will_do(string region) =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Region = region })).Status);

    [Theory]
    [InlineData(-4.5)]
    [InlineData(4.5)]
    public async Task A_clock_may_be_off_by_less_than_five_minutes(double minutes) =>
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Offset = TimeSpan.FromMinutes(minutes) })).Status);

    [Theory]
    [InlineData(-5.5, "expired")]
    [InlineData(5.5, "not yet current")]
    [InlineData(-60 * 24, "expired")]
    public async Task Beyond_that_the_signature_is_refused(double minutes, string expected) =>
        AssertRefused(await SendAsync(new() { Offset = TimeSpan.FromMinutes(minutes) }), "InvalidSignatureException", expected);

    [Fact]
    public async Task A_request_without_a_signature_is_refused_whatever_it_asks_for()
    {
        foreach (var target in new[]
        {
            "/2015-03-31/functions/echo/invocations", "/2015-03-31/functions/absent/invocations", "/2015-03-31/functions", "/",
        })
        {
            AssertRefused(
                await SendAsync(new() { Target = target, Authorization = static _ => null }), "MissingAuthenticationTokenException",
                "Missing Authentication Token");
        }
    }

    [Theory]
    [InlineData("Bearer x", "AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA512 Credential=a", "AWS4-HMAC-SHA256")]
    [InlineData("AWS4-HMAC-SHA256 nonsense", "NAME=VALUE")]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0", "Credential=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda, SignedHeaders=host, Signature=0", "Credential=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, Signature=0", "SignedHeaders=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, SignedHeaders=Host, Signature=0", "SignedHeaders=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=xyz", "Signature=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/lambda/aws4_request, Credential=b, "
        + "SignedHeaders=host, Signature=0", "each once")]
    public async Task A_signature_with_a_part_amiss_is_told_which(string authorization, string expected) =>
        AssertRefused(await SendAsync(new() { Authorization = _ => authorization }), "IncompleteSignatureException", expected);

    [Fact]
    public async Task A_key_that_is_not_known_is_refused() =>
        AssertRefused(await SendAsync(new() { Key = LocalLambdaKey.New() }), "UnrecognizedClientException", "security token");

    [Fact]
    public async Task A_secret_of_another_key_is_refused() =>
        AssertRefused(
            await SendAsync(new() { Key = new() { AccessKey = OwnKey.AccessKey, SecretKey = OtherKey.SecretKey } }),
            "InvalidSignatureException", "does not match");

    [Theory]
    [InlineData("s3")]
    [InlineData("sts")]
    public async Task A_signature_for_another_service_is_refused(string service) =>
        AssertRefused(await SendAsync(new() { Service = service }), "InvalidSignatureException", "'lambda'");

    [Fact]
    public async Task What_was_changed_after_signing_is_refused()
    {
        AssertRefused(await SendAsync(new() { SentBody = """{"a":"changed"}""" }), "InvalidSignatureException", "does not match");
        AssertRefused(
            await SendAsync(new() { SentTarget = "/2015-03-31/functions/other/invocations" }), "InvalidSignatureException",
            "does not match");
        AssertRefused(
            await SendAsync(new() { SentTarget = "/2015-03-31/functions/echo/invocations?Qualifier=1" }), "InvalidSignatureException",
            "does not match");
        AssertRefused(
            await SendAsync(new() { Authorization = static signed => signed[..^1] + (signed[^1] == '0' ? '1' : '0') }),
            "InvalidSignatureException", "does not match");
        AssertRefused(
            await SendAsync(new() { Headers = { ["X-Amz-Log-Type"] = "None" }, SentHeaders = { ["X-Amz-Log-Type"] = "Tail" } }),
            "InvalidSignatureException", "does not match");
        AssertRefused(
            await SendAsync(new() { SentHeaders = { ["X-Amz-Invocation-Type"] = "Event" } }), "InvalidSignatureException",
            "every other x-amz- header");
    }

    [Fact]
    public async Task Host_and_date_must_be_signed()
    {
        AssertRefused(await SendAsync(new() { LeftOut = "host" }), "InvalidSignatureException", "host, x-amz-date");
        AssertRefused(await SendAsync(new() { LeftOut = "x-amz-date" }), "InvalidSignatureException", "host, x-amz-date");
    }

    [Fact]
    public async Task A_date_that_is_none_or_of_another_day_is_refused()
    {
        AssertRefused(await SendAsync(new() { Headers = { ["X-Amz-Date"] = "today" } }), "InvalidSignatureException", "yyyyMMddTHHmmssZ");
        AssertRefused(await SendAsync(new() { Date = "20200101" }), "InvalidSignatureException", "on the day");
    }

    [Fact]
    public async Task A_hash_of_the_body_that_is_sent_must_be_the_bodys()
    {
        const string Header = "X-Amz-Content-SHA256";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(new Call().Body)));

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(new() { Headers = { [Header] = hash } })).Status);
        AssertRefused(
            await SendAsync(new() { Headers = { [Header] = hash }, SentBody = "{}" }), "InvalidSignatureException", "SHA-256 of the body");
        AssertRefused(await SendAsync(new() { Headers = { [Header] = Unsigned } }), "InvalidSignatureException", "SHA-256 of the body");
        AssertRefused(
            await SendAsync(new() { Headers = { [Header] = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" } }), "InvalidSignatureException",
            "SHA-256 of the body");
    }

    [Fact]
    public async Task Only_a_signed_request_learns_what_there_is_and_is_not()
    {
        Assert.Equal(
            "ResourceNotFoundException",
            (await SendAsync(new() { Target = "/2015-03-31/functions/absent/invocations" })).Headers["x-amzn-ErrorType"]);
        Assert.Equal("InvalidRequestContentException", (await SendAsync(new() { Body = "{" })).Headers["x-amzn-ErrorType"]);
        Assert.Equal("UnknownOperationException", (await SendAsync(new() { Target = "/2015-03-31/layers" })).Headers["x-amzn-ErrorType"]);
        AssertRefused(await SendAsync(new() { Key = LocalLambdaKey.New(), Body = "{" }), "UnrecognizedClientException", "security token");
    }
}
