using System.Net;

namespace TasksBus.Functions;

/// <summary>
/// What each of Lambda's errors means for a task. The codes are those of the Invoke call in the AWS Lambda API
/// reference; some answer 502 although the function never started, so the code is asked before the status.
/// </summary>
internal static class LambdaErrors
{
    private const string CheckPermission = "Allow this service's credentials lambda:InvokeFunction on the function.";
    private const string CheckCredentials = "Check the access key, the secret, the region and this machine's clock.";
    private const string CheckKey = "Check the KMS key that encrypts the function's environment, and the function role's access to it.";
    private const string CheckNetwork = "Check the function's VPC configuration and its role's EC2 permissions.";
    private const string CheckCode = "Check the function's runtime and deployment package.";
    private const string CheckFileSystem = "Check the function's file system, its access point and its mount targets.";

    /// <param name="status">The HTTP status of the answer, not 200.</param>
    /// <param name="code">Lambda's error code, if there was one.</param>
    /// <param name="words">Lambda's message, if there was one.</param>
    /// <param name="retryAfter">How long the server asked to wait.</param>
    public static InvocationResult Interpret(HttpStatusCode status, string? code, string? words, TimeSpan? retryAfter)
    {
        var name = ErrorText.Clean(string.IsNullOrEmpty(code) ? $"Http{(int)status}" : code, ErrorText.NameLimit);
        words = string.IsNullOrWhiteSpace(words) ? $"Lambda answered HTTP {(int)status} without an explanation." : words.Trim();

        return code switch
        {
            // Lambda's own advice for these is to wait.
            "TooManyRequestsException" or "EC2ThrottledException" or "SnapStartNotReadyException" or "ResourceNotReadyException"
                or "ResourceConflictException" or "ThrottlingException" => NotRunYet(),

            // Temporary credentials that ran out are renewed by whoever issued them.
            "ExpiredTokenException" or "ExpiredToken" => NotRunYet(),

            "ResourceNotFoundException" => NotInvoked("Create the function, or correct its name, region or qualifier."),
            "AccessDeniedException" => NotInvoked(CheckPermission),
            "UnrecognizedClientException" or "InvalidSignatureException" or "IncompleteSignatureException"
                or "MissingAuthenticationTokenException" or "InvalidClientTokenId" or "SignatureDoesNotMatch" => NotInvoked(CheckCredentials),
            "RequestTooLargeException" or "SerializedRequestEntityTooLargeException" =>
                NotInvoked("Send less data, or store it elsewhere and send a reference."),
            "InvalidRequestContentException" => NotInvoked("The event must be valid JSON."),
            "KMSAccessDeniedException" or "KMSDisabledException" or "KMSInvalidStateException" or "KMSNotFoundException" => NotInvoked(CheckKey),
            "EC2AccessDeniedException" or "EC2UnexpectedException" or "ENILimitReachedException" or "SubnetIPAddressLimitReachedException"
                or "InvalidSecurityGroupIDException" or "InvalidSubnetIDException" => NotInvoked(CheckNetwork),
            "InvalidRuntimeException" or "InvalidZipFileException" => NotInvoked(CheckCode),
            "SnapStartException" or "SnapStartTimeoutException" => NotInvoked("Check the function's SnapStart hooks and its log."),
            "EFSMountConnectivityException" or "EFSMountFailureException" or "EFSMountTimeoutException" => NotInvoked(CheckFileSystem),
            "RecursiveInvocationException" => NotInvoked("Break the loop between the function and what invokes it."),

            // Lambda does not say whether the function had started when its file system failed.
            "EFSIOException" => Unknown(),

            _ => (int)status switch
            {
                429 => NotRunYet(),
                401 or 403 => NotInvoked(CheckPermission),
                413 => NotInvoked("Send less data, or store it elsewhere and send a reference."),
                // Nobody says what of the request had been passed on.
                408 => Unknown(),
                >= 300 and < 400 => NotInvoked("Redirects are not followed: set Endpoint to the address that answers."),
                >= 400 and < 500 => NotInvoked("Check the function's name and configuration."),
                _ => Unknown(),
            },
        };

        InvocationResult.NotRunYet NotRunYet() => new(name, ErrorText.Clean(words, ErrorText.MessageLimit), retryAfter);

        InvocationResult.NotInvoked NotInvoked(string advice) => new(name, ErrorText.Clean($"{words} {advice}", ErrorText.MessageLimit));

        InvocationResult.Unknown Unknown() => new(
            name, ErrorText.Clean($"{words} (HTTP {(int)status}) The function may have run.", ErrorText.MessageLimit));
    }
}
