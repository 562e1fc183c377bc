namespace TasksBus.Functions;

/// <summary>Where functions are invoked, and as whom.</summary>
public sealed class LambdaOptions
{
    /// <summary>
    /// A Lambda-compatible endpoint: an absolute http or https address without path or query, such as
    /// <c>http://localhost:4003</c>. Default: null, AWS itself (or <c>AWS_ENDPOINT_URL_LAMBDA</c>, <c>AWS_ENDPOINT_URL</c>, or the profile's <c>endpoint_url</c>).
    /// </summary>
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
    public string? ExecutionRole { get; set; }

    /// <summary>
    /// Connections open at once, and so invocations in flight: each holds one for as long as its function runs.
    /// Range: 1 to 65,535. Default: 1,000. Keep it above the worker's slots.
    /// </summary>
    public int MaxConnections { get; set; } = 1_000;

    /// <summary>
    /// How long it may take until an invocation is on its way: credentials, name look-up, connection, TLS, or waiting for a
    /// free connection. After it the task goes back to <c>new</c>. Range: 100 ms to 5 minutes. Default: 10 s.
    /// </summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long an answer is awaited beyond the function's time limit, so that Lambda's own report of a time-out, with its
    /// log, arrives first. It also covers a cold start, which Lambda does not count. Range: 0 to 5 minutes. Default: 5 s.
    /// </summary>
    public TimeSpan AnswerMargin { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// What is wrong with these options, one message each; empty if nothing is. Without <see cref="Region"/> and
    /// <see cref="Endpoint"/> it may ask the machine for its region, which takes seconds where there is none.
    /// </summary>
    public IEnumerable<string> Validate()
    {
        if (Endpoint is not null && !(Endpoint.IsAbsoluteUri && Endpoint.Scheme is "http" or "https" && Endpoint.PathAndQuery == "/"))
        {
            yield return $"Lambda: Endpoint '{Endpoint}' must be an absolute http or https address without path or query, such as http://localhost:4003.";
        }

        else if (LambdaRequests.FindRegion(this) is null)
        {
            yield return "Lambda: no region. Set Region (for example eu-west-1), the AWS_REGION environment variable or the profile's region; or set Endpoint to use a Lambda-compatible endpoint.";
        }

        if (string.IsNullOrEmpty(AccessKey) != string.IsNullOrEmpty(SecretKey))
        {
            yield return "Lambda: AccessKey and SecretKey belong together: set both, or neither to use the AWS credential chain.";
        }

        if (!string.IsNullOrEmpty(SessionToken) && string.IsNullOrEmpty(AccessKey))
        {
            yield return "Lambda: SessionToken needs the AccessKey and SecretKey that were issued with it.";
        }

        if (ExecutionRole is not null && !ExecutionRole.StartsWith("arn:", StringComparison.Ordinal))
        {
            yield return $"Lambda: ExecutionRole '{ExecutionRole}' must be the ARN of a role, such as arn:aws:iam::123456789012:role/functions.";
        }

        if (MaxConnections is < 1 or > 65_535)
        {
            yield return $"Lambda: MaxConnections is {MaxConnections}; it must be from 1 to 65535.";
        }

        if (ConnectTimeout < TimeSpan.FromMilliseconds(100) || ConnectTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"Lambda: ConnectTimeout is {ConnectTimeout}; it must be from 100 milliseconds to 5 minutes.";
        }

        if (AnswerMargin < TimeSpan.Zero || AnswerMargin > TimeSpan.FromMinutes(5))
        {
            yield return $"Lambda: AnswerMargin is {AnswerMargin}; it must be from 0 to 5 minutes.";
        }
    }
}
