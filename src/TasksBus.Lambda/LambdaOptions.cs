using System.Net;
using System.Text.RegularExpressions;

namespace TasksBus.Lambda;

/// <summary>Where functions are invoked, and as whom.</summary>
public sealed partial class LambdaOptions
{
    public const string Section = "TasksBus:Lambda";

    /// <summary>
    /// A Lambda-compatible endpoint: an absolute http or https address without path or query, such as
    /// <c>http://localhost:4003</c>. Default: null, AWS itself (or <c>AWS_ENDPOINT_URL_LAMBDA</c>, <c>AWS_ENDPOINT_URL</c>, or the profile's <c>endpoint_url</c>).
    /// </summary>
    [MustBe("an absolute http or https address without user, path or query, such as http://localhost:4003")]
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// The AWS region, such as <c>eu-west-1</c>. Default: null, what the environment, the profile or the machine says; a
    /// custom endpoint without any of these is signed for <c>us-east-1</c>.
    /// </summary>
    public string? Region { get; set; }

    /// <summary>The access key id; needs <see cref="SecretKey"/>. Default: null, the AWS SDK's credential chain.</summary>
    public string? AccessKey { get; set; }

    /// <summary>The secret that belongs to <see cref="AccessKey"/>. Default: null.</summary>
    public string? SecretKey { get; set; }

    /// <summary>The session token of temporary credentials; needs <see cref="AccessKey"/>. Default: null.</summary>
    public string? SessionToken { get; set; }

    /// <summary>
    /// The ARN of the role that functions made here run as; Lambda must be allowed to assume it, and this service to pass it on. Default: null,
    /// no function can be made.
    /// </summary>
    [MustBe("the ARN of a role, such as arn:aws:iam::123456789012:role/functions")]
    public string? ExecutionRole { get; set; }

    /// <summary>
    /// The ARN of a role that is assumed with these credentials, such as one in the functions' account. Its own credentials last an hour and
    /// are renewed in time. Default: null, the credentials are used themselves.
    /// </summary>
    [MustBe("the ARN of a role, such as arn:aws:iam::123456789012:role/tasksbus")]
    public string? AssumeRoleArn { get; set; }

    /// <summary>The external id that the role asks for; needs <see cref="AssumeRoleArn"/>. 2 to 1,224 characters. Default: null.</summary>
    public string? AssumeRoleExternalId { get; set; }

    /// <summary>
    /// The name of the role's sessions, which CloudTrail shows: 2 to 64 letters, digits and <c>+=,.@_-</c>. Default: TasksBus.
    /// </summary>
    [MustBe("2 to 64 letters, digits and +=,.@_-")]
    public string AssumeRoleSessionName { get; set; } = "TasksBus";

    /// <summary>
    /// Whether to use AWS's endpoint for IPv6 and IPv4. Not with a custom endpoint. Default: null, what AWS_USE_DUALSTACK_ENDPOINT or the profile says.
    /// </summary>
    public bool? UseDualStack { get; set; }

    /// <summary>
    /// Whether to use AWS's endpoint with FIPS 140 cryptography. Not with a custom endpoint. Default: null, what AWS_USE_FIPS_ENDPOINT or the profile says.
    /// </summary>
    public bool? UseFips { get; set; }

    /// <summary>
    /// The HTTP proxy to reach Lambda and the Security Token Service through: <c>http://HOST:PORT</c>, with <c>USER:PASSWORD@</c> if it asks
    /// for them. Default: null, what HTTPS_PROXY and NO_PROXY say.
    /// </summary>
    [MustBe("an absolute http or https address without path or query, such as http://proxy.example.com:3128")]
    public Uri? Proxy { get; set; }

    /// <summary>
    /// Invocations of one function, whatever its version or alias, that this process has in flight at once; its other tasks wait. Range: 1 to
    /// 65,535. Default: null, as many as there are slots. Functions need it that would otherwise fill every slot while they hang.
    /// </summary>
    [MustBe("a whole number from 1 to 65,535")]
    public int? MaxConcurrencyPerFunction { get; set; }

    /// <summary>
    /// Connections open at once, and so invocations in flight: each holds one for as long as its function runs.
    /// Range: 1 to 65,535. Default: 1,000. Keep it above the worker's slots.
    /// </summary>
    [MustBe("a whole number from 1 to 65,535")]
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// How long it may take until an invocation is on its way: credentials, name look-up, connection, TLS, or waiting for a
    /// free connection. After it the task goes back to <c>new</c>. Range: 100 ms to 5 minutes. Default: 10 s.
    /// </summary>
    [MustBe("a time from 00:00:00.100 to 00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an answer is awaited beyond the function's time limit, so that Lambda's own report of a time-out, with its
    /// log, arrives first. It also covers a cold start, which Lambda does not count. Range: 0 to 5 minutes. Default: 5 s.
    /// </summary>
    [MustBe("a time from 00:00:00 to 00:05:00")]
    public TimeSpan AnswerMargin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What is wrong with these options, one message each; empty if nothing is. Without <see cref="Region"/> and
    /// <see cref="Endpoint"/> it may ask the machine for its region, which takes seconds where there is none.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        // Messages name it, so it holds no password.
        if (Endpoint is not null && !(Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https" && Endpoint.PathAndQuery == "/" && Endpoint.UserInfo.Length == 0))
        {
            yield return AddressFault(nameof(Endpoint), Endpoint);
        }
        else if (LambdaEndpoints.FindRegion(this) is not { } region)
        {
            yield return $"{Section}:Region is missing. Set it (for example eu-west-1), the AWS_REGION environment variable or the profile's region; or set Endpoint to use a Lambda-compatible endpoint.";
        }

        else if (UseDualStack == true && Endpoint is null && LambdaEndpoints.InAws(region, dualStack: true, UseFips == true) is null)
        {
            yield return $"{Section}:Region is {region}, which has no dual-stack endpoint. Set UseDualStack to false.";
        }

        if (Endpoint is not null && (UseDualStack == true || UseFips == true))
        {
            yield return $"{Section}:UseDualStack and :UseFips choose among AWS's own endpoints. Leave them out, or leave Endpoint out.";
        }

        if (string.IsNullOrEmpty(AccessKey) != string.IsNullOrEmpty(SecretKey))
        {
            yield return $"{Section}:AccessKey and :SecretKey belong together: set both, or neither to use the AWS credential chain.";
        }

        if (!string.IsNullOrEmpty(SessionToken) && string.IsNullOrEmpty(AccessKey))
        {
            yield return $"{Section}:SessionToken needs the AccessKey and SecretKey that were issued with it.";
        }

        if (!string.IsNullOrEmpty(ExecutionRole) && !RoleArn().IsMatch(ExecutionRole))
        {
            yield return Fault(nameof(ExecutionRole), ExecutionRole);
        }

        if (!string.IsNullOrEmpty(AssumeRoleArn) && !RoleArn().IsMatch(AssumeRoleArn))
        {
            yield return Fault(nameof(AssumeRoleArn), AssumeRoleArn);
        }

        if (!string.IsNullOrEmpty(AssumeRoleExternalId) && (string.IsNullOrEmpty(AssumeRoleArn) || AssumeRoleExternalId.Length is < 2 or > 1_224))
        {
            yield return $"{Section}:AssumeRoleExternalId has 2 to 1224 characters and needs AssumeRoleArn.";
        }

        if (!SessionName().IsMatch(AssumeRoleSessionName ?? ""))
        {
            yield return Fault(nameof(AssumeRoleSessionName), AssumeRoleSessionName ?? "");
        }

        if (Proxy is not null && !(Proxy.IsAbsoluteUri && Proxy.Scheme is "http" or "https" && Proxy.PathAndQuery == "/"))
        {
            yield return AddressFault(nameof(Proxy), Proxy);
        }

        if (MaxConcurrencyPerFunction is < 1 or > 65_535)
        {
            yield return Fault(nameof(MaxConcurrencyPerFunction), MaxConcurrencyPerFunction);
        }

        if (MaxConnections is < 1 or > 65_535)
        {
            yield return Fault(nameof(MaxConnections), MaxConnections);
        }

        if (ConnectTimeout < TimeSpan.FromMilliseconds(100) || ConnectTimeout > TimeSpan.FromMinutes(5))
        {
            yield return Fault(nameof(ConnectTimeout), ConnectTimeout);
        }

        if (AnswerMargin < TimeSpan.Zero || AnswerMargin > TimeSpan.FromMinutes(5))
        {
            yield return Fault(nameof(AnswerMargin), AnswerMargin);
        }
    }

    /// <summary>What <see cref="Proxy"/> says, its password apart from its address; null where it says nothing.</summary>
    internal WebProxy? CreateProxy()
    {
        if (Proxy is null)
        {
            return null;
        }

        var account = Proxy.UserInfo.Split(':', 2);
        return new WebProxy(new UriBuilder(Proxy) { UserName = "", Password = "" }.Uri)
        {
            Credentials = account[0].Length == 0 ? null : new NetworkCredential(Uri.UnescapeDataString(account[0]), Uri.UnescapeDataString(account.ElementAtOrDefault(1) ?? "")),
        };
    }

    private static string Fault(string name, object value) => MustBeAttribute.Fault<LambdaOptions>(Section, name, value);

    /// <summary>An address may hold a password: then it is not shown.</summary>
    private static string AddressFault(string name, Uri value) => value.OriginalString.Contains('@', StringComparison.Ordinal)
        ? $"{Section}:{name} must be {MustBeAttribute.Of(typeof(LambdaOptions).GetProperty(name)!)}."
        : Fault(name, value.OriginalString);

    [GeneratedRegex("^arn:[a-z-]+:iam::[0-9]{12}:role/[\\x21-\\x7E]{1,512}$")]
    private static partial Regex RoleArn();

    [GeneratedRegex("^[\\w+=,.@-]{2,64}$", RegexOptions.ECMAScript)]
    private static partial Regex SessionName();
}
