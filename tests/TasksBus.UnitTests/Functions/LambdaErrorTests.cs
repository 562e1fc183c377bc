using TasksBus.Functions;
using Xunit;

namespace TasksBus.UnitTests.Functions;

/// <summary>Each error of Lambda's Invoke call, with the HTTP status that the API reference gives it.</summary>
public class LambdaErrorTests
{
    private const string Function = "arn:aws:lambda:eu-west-1:<account>:function:hello";

    [Theory]
    [InlineData(
        404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:eu-west-1:123456789012:function:hello",
        "signed for region eu-west-1")]
    [InlineData(404, "ResourceNotFoundException", "Function not found", "in the account of its credentials")]
    [InlineData(
        403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/x is not authorized", "lambda:InvokeFunction on " + Function)]
    [InlineData(
        403, "UnrecognizedClientException", "The security token included in the request is invalid.",
        "Check the access key and its session token")]
    [InlineData(403, "InvalidClientTokenId", "The token is invalid", "not in eu-west-1")]
    [InlineData(
        403, "InvalidSignatureException", "The request signature we calculated does not match",
        "Check the secret of the access key, the region (eu-west-1)")]
    [InlineData(403, "SignatureDoesNotMatch", "The signature does not match", "Check the secret of the access key")]
    [InlineData(403, "IncompleteSignatureException", "Authorization header requires 'Credential' parameter", "no proxy changes requests")]
    [InlineData(403, "MissingAuthenticationTokenException", "Missing Authentication Token", "no proxy changes requests")]
    [InlineData(400, "InvalidRequestContentException", "Could not parse request body into json", "valid JSON")]
    [InlineData(400, "InvalidParameterValueException", "1 validation error detected", "Correct the task's functionName")]
    [InlineData(413, "RequestTooLargeException", "Request must be smaller than 6291456 bytes", "Send less data")]
    [InlineData(413, "SerializedRequestEntityTooLargeException", "Too large", "send a reference")]
    [InlineData(415, "UnsupportedMediaTypeException", "Unsupported content type", "check that it is Lambda's")]
    [InlineData(502, "KMSAccessDeniedException", "Lambda was unable to decrypt the environment variables", "kms:Decrypt")]
    [InlineData(502, "KMSDisabledException", "The KMS key used is disabled", "that it is enabled")]
    [InlineData(502, "KMSInvalidStateException", "The state of the KMS key used is not valid", "KMS key")]
    [InlineData(502, "KMSNotFoundException", "The KMS key was not found", "KMS key")]
    [InlineData(502, "EC2AccessDeniedException", "Need additional permissions to configure VPC settings", "ec2:CreateNetworkInterface")]
    [InlineData(502, "EC2UnexpectedException", "An unexpected Amazon EC2 client exception", "VPC configuration")]
    [InlineData(502, "ENILimitReachedException", "Network interface limit reached", "quota of network interfaces")]
    [InlineData(502, "SubnetIPAddressLimitReachedException", "No available IP addresses", "larger or more subnets")]
    [InlineData(502, "InvalidSecurityGroupIDException", "The security group ID is not valid", "VPC configuration")]
    [InlineData(502, "InvalidSubnetIDException", "The subnet ID is not valid", "VPC configuration")]
    [InlineData(502, "InvalidRuntimeException", "The runtime is not supported", "runtime that Lambda supports")]
    [InlineData(502, "InvalidZipFileException", "Lambda could not unzip the deployment package", "Deploy the function's code again")]
    [InlineData(400, "SnapStartException", "The afterRestore hook failed", "SnapStart hooks")]
    [InlineData(408, "SnapStartTimeoutException", "Lambda couldn't restore the snapshot within the timeout limit", "SnapStart hooks")]
    [InlineData(408, "EFSMountConnectivityException", "The function couldn't make a network connection", "mount targets")]
    [InlineData(403, "EFSMountFailureException", "The function couldn't mount", "access point")]
    [InlineData(408, "EFSMountTimeoutException", "The mount timed out", "file system")]
    [InlineData(
        400, "RecursiveInvocationException", "Lambda has detected your function being invoked in a recursive loop", "Break the loop")]
    [InlineData(403, "", "Forbidden", "lambda:InvokeFunction on " + Function)]
    [InlineData(407, "", "Proxy Authentication Required", "HTTPS_PROXY")]
    [InlineData(413, "", "Payload Too Large", "Send less data")]
    public async Task A_refused_invocation_says_in_Lambdas_words_what_is_wrong_and_what_to_do(
        int status, string code, string words, string advice)
    {
        await using var server = Answering(status, code, words);

        var refused = Assert.IsType<InvocationResult.NotInvoked>(await server.InvokeAsync());

        Assert.Equal(code.Length > 0 ? code : $"Http{status}", refused.Name);
        Assert.StartsWith(words + " ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(advice, refused.Message, StringComparison.Ordinal);
        Assert.Equal("req-1", refused.RequestId);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(429, "TooManyRequestsException", "Retry-After: 7", 7)]
    [InlineData(429, "TooManyRequestsException", "X-Other: 1", null)]
    [InlineData(429, "TooManyRequestsException", "Retry-After: soon", null)]
    [InlineData(429, "TooManyRequestsException", "Retry-After: 0", null)]
    [InlineData(429, "", "X-Other: 1", null)]
    [InlineData(400, "ThrottlingException", "X-Other: 1", null)]
    [InlineData(502, "EC2ThrottledException", "X-Other: 1", null)]
    [InlineData(409, "SnapStartNotReadyException", "X-Other: 1", null)]
    [InlineData(409, "ResourceConflictException", "X-Other: 1", null)]
    [InlineData(502, "ResourceNotReadyException", "Retry-After: 3", 3)]
    public async Task A_throttled_invocation_was_not_run_yet_and_keeps_the_reason(int status, string code, string header, int? seconds)
    {
        await using var server = FaultyServer.Answering(
            $"{status} X", """{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}""",
            $"x-amzn-ErrorType: {code}", "X-Amzn-RequestId: req-2", header);

        var result = await server.InvokeAsync();

        Assert.Equal(
            new InvocationResult.NotRunYet(
                code.Length > 0 ? code : "Http429", "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)",
                seconds is { } wait ? TimeSpan.FromSeconds(wait) : null, "req-2"),
            result);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("ExpiredTokenException")]
    [InlineData("ExpiredToken")]
    public async Task A_session_that_ended_is_waited_for(string code)
    {
        await using var server = Answering(403, code, "The security token included in the request is expired");

        var later = Assert.IsType<InvocationResult.NotRunYet>(await server.InvokeAsync());

        Assert.Equal(code, later.Name);
        Assert.Contains("set new ones", later.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500, "ServiceException", "ServiceException")]
    [InlineData(410, "EFSIOException", "EFSIOException")]
    [InlineData(502, "", "Http502")]
    [InlineData(503, "", "Http503")]
    [InlineData(503, "ServiceUnavailableException", "ServiceUnavailableException")]
    [InlineData(504, "", "Http504")]
    [InlineData(408, "", "Http408")]
    public async Task After_an_error_that_says_nothing_of_the_function_it_may_have_run(int status, string code, string name)
    {
        await using var server = Answering(status, code, "The service encountered an internal error");

        var unknown = Assert.IsType<InvocationResult.Unknown>(await server.InvokeAsync());

        Assert.Equal(name, unknown.Name);
        Assert.Equal($"The service encountered an internal error (HTTP {status}) The function may have run.", unknown.Message);
        Assert.Equal("req-1", unknown.RequestId);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("hello", "cn-north-1", "arn:aws-cn:lambda:cn-north-1:<account>:function:hello")]
    [InlineData("hello:live", "us-gov-west-1", "arn:aws-us-gov:lambda:us-gov-west-1:<account>:function:hello:live")]
    [InlineData("111122223333:function:hello", "eu-west-1", "arn:aws:lambda:eu-west-1:111122223333:function:hello")]
    [InlineData(
        "arn:aws:lambda:eu-west-1:111122223333:function:hello:7", "eu-west-1", "arn:aws:lambda:eu-west-1:111122223333:function:hello:7")]
    public async Task A_missing_permission_names_the_function_as_a_policy_does(string function, string region, string arn)
    {
        await using var server = Answering(403, "AccessDeniedException", "No.");
        var options = Invocations.OptionsFor(server.Address);
        options.Region = region;
        using var invoker = Invocations.InvokerFor(options);

        var refused = Assert.IsType<InvocationResult.NotInvoked>(await invoker.InvokeAsync(Invocations.Of(function), default));

        Assert.Equal($"No. Allow the credentials of this service lambda:InvokeFunction on {arn}.", refused.Message);
    }

    private static FaultyServer Answering(int status, string code, string words) => FaultyServer.Answering(
        $"{status} X", $$"""{"Type":"User","message":"{{words}}"}""",
        code.Length > 0 ? $"x-amzn-ErrorType: {code}:http://internal.amazon.com/coral/" : "X-Other: 1", "x-amzn-requestid: req-1");
}
