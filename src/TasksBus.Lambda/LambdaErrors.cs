using System.Collections.Frozen;
using System.Net;
using TasksBus.Contracts;
using TasksBus.Functions;

namespace TasksBus.Lambda;

/// <summary>
/// Maps each of Lambda's errors to its meaning for a task. The codes are those of the Invoke call in the AWS Lambda API reference. Some
/// errors have the status 502 although the function never started, so the code is checked before the status.
/// </summary>
internal static class LambdaErrors
{
    private const string SendLess = "Send less data, or store it elsewhere and send a reference.";
    private const string CheckKey = "Check the KMS key that encrypts the function's environment: that it is enabled, and that the "
        + "function's role may call kms:Decrypt with it.";
    private const string CheckNetworkPermission =
        "Allow the function's role ec2:CreateNetworkInterface, ec2:DescribeNetworkInterfaces and ec2:DeleteNetworkInterface.";
    private const string CheckNetwork = "Check the function's VPC configuration: its subnets and security groups.";
    private const string CheckFileSystem = "Check the function's file system, its access point and its mount targets.";
    private const string CheckSnapStart = "Check the function's SnapStart hooks and its log, and publish a new version.";

    private static readonly FrozenSet<string> s_signatureFaults = FrozenSet.Create(
        "InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture");

    /// <summary>Returns true when Lambda itself told an invocation to come back later.</summary>
    public static bool AsksToWait(InvocationResult? result) => result is InvocationResult.NotRunYet later && IsLater(later.Name);

    /// <summary>Returns true when a signature was refused, for which this machine's clock may be the reason.</summary>
    public static bool BlamesSignature(InvocationResult result) =>
        result is InvocationResult.NotInvoked refused && s_signatureFaults.Contains(refused.Name);

    /// <param name="status">The HTTP status of the answer, other than 200.</param>
    /// <param name="code">Lambda's error code, if there was one.</param>
    /// <param name="words">Lambda's message, if there was one.</param>
    /// <param name="retryAfter">How long the server asked to wait.</param>
    /// <param name="target">The function that was asked for, and where.</param>
    /// <param name="hasAdvice">True when the message already says how to fix the problem.</param>
    public static InvocationResult Interpret(
        HttpStatusCode status, string? code, string? words, TimeSpan? retryAfter, LambdaTarget target, bool hasAdvice)
    {
        var name = ErrorText.Clean(string.IsNullOrEmpty(code) ? $"Http{(int)status}" : code, ErrorText.NameLimit);
        words = string.IsNullOrWhiteSpace(words) ? $"Lambda answered HTTP {(int)status} without an explanation." : words.Trim();
        if (IsLater(name))
        {
            return NotRunYet();
        }

        return code switch
        {
            // Expired temporary credentials are renewed by their issuer.
            "ExpiredTokenException" or "ExpiredToken" =>
                NotRunYet(" The credentials' session has ended: where nobody renews them, set new ones."),

            "ResourceNotFoundException" => NotInvoked(
                "Create the function, or correct its name or qualifier; this service asked in "
                    + $"{target.Where}{(target.Account is null ? ", in the account of its credentials" : "")}."),
            "AccessDeniedException" => NotInvoked($"Allow the credentials of this service lambda:InvokeFunction on {target.Arn}."),
            "UnrecognizedClientException" or "InvalidClientTokenId" or "InvalidAccessKeyId" => NotInvoked(
                $"Check the access key and its session token: AWS does not know them, or not in {target.Region}."),
            "InvalidSignatureException" or "SignatureDoesNotMatch" or "RequestExpired" or "RequestTimeTooSkewed" or "RequestInTheFuture"
                or "IncompleteSignatureException" or "MissingAuthenticationTokenException" => NotInvoked(
                $"Check the secret of the access key, the region ({target.Region}), and that no proxy changes requests."),
            "RequestTooLargeException" or "SerializedRequestEntityTooLargeException" => NotInvoked(SendLess),
            "InvalidRequestContentException" => NotInvoked("The event must be valid JSON."),
            "InvalidParameterValueException" => NotInvoked("Correct the task's functionName."),
            "UnsupportedMediaTypeException" => NotInvoked("The endpoint takes no JSON: check that it is Lambda's."),
            "KMSAccessDeniedException" or "KMSDisabledException" or "KMSInvalidStateException" or "KMSNotFoundException" =>
                NotInvoked(CheckKey),
            "EC2AccessDeniedException" => NotInvoked(CheckNetworkPermission),
            "EC2UnexpectedException" or "InvalidSecurityGroupIDException" or "InvalidSubnetIDException" => NotInvoked(CheckNetwork),
            "ENILimitReachedException" =>
                NotInvoked("Raise the VPC's quota of network interfaces, or share subnets and security groups between functions."),
            "SubnetIPAddressLimitReachedException" => NotInvoked("Give the function larger or more subnets of its VPC."),
            "InvalidRuntimeException" => NotInvoked("Choose a runtime that Lambda supports for the function."),
            "InvalidZipFileException" => NotInvoked("Deploy the function's code again: Lambda cannot open its package."),
            "SnapStartException" or "SnapStartTimeoutException" => NotInvoked(CheckSnapStart),
            "EFSMountConnectivityException" or "EFSMountFailureException" or "EFSMountTimeoutException" => NotInvoked(CheckFileSystem),
            "RecursiveInvocationException" => NotInvoked("Break the loop between the function and what invokes it."),

            // Lambda does not say whether the function had started when its file system failed.
            "EFSIOException" => Unknown(),

            _ => AdviceFor((int)status, target) is { } advice ? NotInvoked(advice) : Unknown(),
        };

        InvocationResult.NotRunYet NotRunYet(string advice = "") =>
            new(name, ErrorText.Clean(words + advice, ErrorText.MessageLimit), retryAfter);

        InvocationResult.NotInvoked NotInvoked(string advice) =>
            new(name, ErrorText.Clean(hasAdvice ? words : $"{words} {advice}", ErrorText.MessageLimit));

        InvocationResult.Unknown Unknown() => new(
            name, ErrorText.Clean($"{words} (HTTP {(int)status}) The function may have run.", ErrorText.MessageLimit));
    }

    private static bool IsLater(string name) => LaterErrors.Throttling.Contains(name) || LaterErrors.NotReady.Contains(name);

    /// <summary>What to do about a status that came with no known code. Null means that the function may have run.</summary>
    private static string? AdviceFor(int status, LambdaTarget target) => status switch
    {
        401 or 403 => $"Allow the credentials of this service lambda:InvokeFunction on {target.Arn}.",
        407 => "The proxy asks for credentials: set them in Proxy or HTTPS_PROXY.",
        413 => SendLess,
        // It is unknown how much of the request had been passed on.
        408 => null,
        >= 300 and < 400 => "Redirects are not followed: set Endpoint to the address that answers.",
        >= 400 and < 500 => "Check the function's name and configuration.",
        _ => null,
    };
}

/// <summary>The function that was asked for, and where.</summary>
internal sealed record LambdaTarget(FunctionName Function, string Region, Uri Endpoint, bool IsInAws)
{
    public string? Account => Function.Account;

    /// <summary>The ARN as a policy names it.</summary>
    public string Arn =>
        $"arn:{Amazon.RegionEndpoint.GetBySystemName(Region).PartitionName}:lambda:{Region}:{Account ?? "<account>"}:function:"
            + $"{Function.Name}{(Function.Qualifier is null ? "" : $":{Function.Qualifier}")}";

    public string Where => IsInAws ? $"region {Region}" : $"{Endpoint} (signed for region {Region})";
}
