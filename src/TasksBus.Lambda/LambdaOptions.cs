using System.ComponentModel.DataAnnotations;
using System.Net;
using TasksBus.Settings;

namespace TasksBus.Lambda;

/// <summary>Where functions are invoked, and with which credentials.</summary>
public sealed class LambdaOptions : IValidatableObject
{
    /// <summary>The section of the configuration that holds these options.</summary>
    public const string Section = "TasksBus:Lambda";

    private const string RoleArn = "^arn:[a-z-]+:iam::[0-9]{12}:role/[\\x21-\\x7E]{1,512}$";

    /// <summary>
    /// A Lambda-compatible endpoint: an absolute http or https address without path or query, such as <c>http://localhost:4003</c>.
    /// Default: null, which means AWS itself (or <c>AWS_ENDPOINT_URL_LAMBDA</c>, <c>AWS_ENDPOINT_URL</c>, or the profile's
    /// <c>endpoint_url</c>).
    /// </summary>
    [Setting("run functions at a Lambda-compatible endpoint instead", Default = "AWS itself, if there is a region")]
    [MustBe("an absolute http or https address without user, path or query, such as http://localhost:4003")]
    public Uri? Endpoint { get; set; }

    /// <summary>
    /// The AWS region, such as <c>eu-west-1</c>. Default: null, which means the region of the environment, the profile or the machine. A
    /// custom endpoint without any of these is signed for <c>us-east-1</c>.
    /// </summary>
    [Setting("run functions in AWS Lambda instead of on this machine", Value = "REGION")]
    public string? Region { get; set; }

    /// <summary>The access key id. It needs <see cref="SecretKey"/>. Default: null, which means the AWS SDK's credential chain.</summary>
    [Setting("the id of an access key; needs SecretKey", Value = "ID", Default = "the AWS credential chain")]
    public string? AccessKey { get; set; }

    /// <summary>The secret that belongs to <see cref="AccessKey"/>. Default: null.</summary>
    [Setting("the secret that belongs to AccessKey")]
    public string? SecretKey { get; set; }

    /// <summary>The session token of temporary credentials. It needs <see cref="AccessKey"/>. Default: null.</summary>
    [Setting("the session token of temporary credentials; needs AccessKey")]
    public string? SessionToken { get; set; }

    /// <summary>
    /// The ARN of the role as which functions that are created here run. Lambda must be allowed to assume it, and this service to pass it
    /// on. Default: null, and no function can be created.
    /// </summary>
    [Setting("the role that functions created at /tasks/v1/functions run as", Value = "ARN")]
    [MustBe("the ARN of a role, such as arn:aws:iam::123456789012:role/functions")]
    [RegularExpression(RoleArn)]
    public string? ExecutionRole { get; set; }

    /// <summary>
    /// The ARN of a role that these credentials assume, such as a role in the functions' account. The role's own credentials last an hour
    /// and are renewed in time. Default: null, and the credentials are used themselves.
    /// </summary>
    [Setting("a role that the credentials assume", Value = "ARN")]
    [MustBe("the ARN of a role, such as arn:aws:iam::123456789012:role/tasksbus")]
    [RegularExpression(RoleArn)]
    public string? AssumeRoleArn { get; set; }

    /// <summary>
    /// The external id that the role requires, 2 to 1,224 characters. It needs <see cref="AssumeRoleArn"/>. Default: null.
    /// </summary>
    [Setting("the external id that this role asks for, 2 to 1,224 characters")]
    public string? AssumeRoleExternalId { get; set; }

    /// <summary>
    /// The name of the role's sessions, which CloudTrail shows: 2 to 64 letters, digits and <c>+=,.@_-</c>. Default: TasksBus.
    /// </summary>
    [Setting("the name of this role's sessions", Value = "NAME")]
    [MustBe("2 to 64 letters, digits and +=,.@_-")]
    [Required]
    [RegularExpression(@"^[A-Za-z0-9_+=,.@-]{2,64}$")]
    public string AssumeRoleSessionName { get; set; } = "TasksBus";

    /// <summary>
    /// True to use AWS's endpoint for IPv6 and IPv4. It cannot be combined with a custom endpoint. Default: null, which means the value of
    /// AWS_USE_DUALSTACK_ENDPOINT or the profile.
    /// </summary>
    [Setting("AWS's endpoint for IPv6 too", Default = "what AWS_USE_DUALSTACK_ENDPOINT says")]
    public bool? UseDualStack { get; set; }

    /// <summary>
    /// True to use AWS's endpoint with FIPS 140 cryptography. It cannot be combined with a custom endpoint. Default: null, which means the
    /// value of AWS_USE_FIPS_ENDPOINT or the profile.
    /// </summary>
    [Setting("AWS's endpoint with FIPS cryptography", Default = "what AWS_USE_FIPS_ENDPOINT says")]
    public bool? UseFips { get; set; }

    /// <summary>
    /// The HTTP proxy for Lambda and the Security Token Service: <c>http://HOST:PORT</c>, with <c>USER:PASSWORD@</c> if the proxy requires
    /// them. Default: null, which means HTTPS_PROXY and NO_PROXY.
    /// </summary>
    [Setting("the HTTP proxy to reach AWS through, http://USER:PASSWORD@HOST:PORT", Default = "what HTTPS_PROXY says")]
    [MustBe("an absolute http or https address without path or query, such as http://proxy.example.com:3128")]
    public Uri? Proxy { get; set; }

    /// <summary>
    /// How many invocations of one function, with any version or alias, this process has in flight at once. The function's other tasks
    /// wait. Range: 1 to 65,535. Default: null, which means as many as there are slots. Set it for functions that would otherwise fill
    /// every slot while they hang.
    /// </summary>
    [Setting("invocations of one function that a worker has in flight", Default = "as many as slots")]
    [Range(1, 65_535)]
    public int? MaxConcurrencyPerFunction { get; set; }

    /// <summary>
    /// How many connections are open at once. That also limits the invocations in flight, because each holds a connection while its
    /// function runs. Range: 1 to 65,535. Default: 1,000. Keep it above the worker's slots.
    /// </summary>
    [Setting("connections open at once; raised to the slots and 100 if that is more")]
    [Range(1, 65_535)]
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// How long it may take until an invocation is on its way: credentials, name look-up, connection, TLS, or waiting for a free
    /// connection. After that time the task goes back to <c>new</c>. Range: 100 ms to 5 minutes. Default: 10 s.
    /// </summary>
    [Setting("how long it may take until an invocation is on its way")]
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an answer is awaited beyond the function's time limit, so that Lambda's own report of a time-out, with its log, arrives
    /// first. It also covers a cold start, which Lambda does not count. Range: 0 to 5 minutes. Default: 5 s.
    /// </summary>
    [Setting("how much longer than a function's time limit its answer is waited for")]
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan AnswerMargin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Checks what no attribute can state. Without <see cref="Region"/> and <see cref="Endpoint"/> it may ask the machine for its region,
    /// which takes seconds when there is none.
    /// </summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Error messages elsewhere show the address, so it must contain no password.
        if (Endpoint is not null
            && !(
                Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https" && Endpoint.PathAndQuery == "/"
                    && Endpoint.UserInfo.Length == 0))
        {
            yield return Fault(nameof(Endpoint), Endpoint.OriginalString);
        }
        else if (LambdaEndpoints.FindRegion(this) is not { } region)
        {
            yield return new(
                $"{Section}:Region is missing. Set it (for example eu-west-1), the AWS_REGION environment variable or the profile's "
                    + "region; or set Endpoint to use a Lambda-compatible endpoint.");
        }

        else if (UseDualStack == true && Endpoint is null && LambdaEndpoints.InAws(region, dualStack: true, UseFips == true) is null)
        {
            yield return new($"{Section}:Region is {region}, which has no dual-stack endpoint. Set UseDualStack to false.");
        }

        if (Endpoint is not null && (UseDualStack == true || UseFips == true))
        {
            yield return new(
                $"{Section}:UseDualStack and :UseFips choose among AWS's own endpoints. Leave them out, or leave Endpoint out.");
        }

        if (string.IsNullOrEmpty(AccessKey) != string.IsNullOrEmpty(SecretKey))
        {
            yield return new($"{Section}:AccessKey and :SecretKey belong together: set both, or neither to use the AWS credential chain.");
        }

        if (!string.IsNullOrEmpty(SessionToken) && string.IsNullOrEmpty(AccessKey))
        {
            yield return new($"{Section}:SessionToken needs the AccessKey and SecretKey that were issued with it.");
        }

        if (!string.IsNullOrEmpty(AssumeRoleExternalId)
            && (string.IsNullOrEmpty(AssumeRoleArn) || AssumeRoleExternalId.Length is < 2 or > 1_224))
        {
            yield return new($"{Section}:AssumeRoleExternalId has 2 to 1224 characters and needs AssumeRoleArn.");
        }

        if (Proxy is not null && !(Proxy.IsAbsoluteUri && Proxy.Scheme is "http" or "https" && Proxy.PathAndQuery == "/"))
        {
            yield return Fault(nameof(Proxy), Proxy.OriginalString);
        }
    }

    /// <summary>The proxy of <see cref="Proxy"/>, with the password separate from the address. Null when none is set.</summary>
    internal WebProxy? CreateProxy()
    {
        if (Proxy is null)
        {
            return null;
        }

        var account = Proxy.UserInfo.Split(':', 2);
        return new WebProxy(new UriBuilder(Proxy) { UserName = "", Password = "" }.Uri)
        {
            Credentials = account[0].Length == 0 ? null
                : new NetworkCredential(Uri.UnescapeDataString(account[0]), Uri.UnescapeDataString(account.ElementAtOrDefault(1) ?? "")),
        };
    }

    private static ValidationResult Fault(string name, string value) => SettingFaults.Fault<LambdaOptions>(Section, name, value);
}
