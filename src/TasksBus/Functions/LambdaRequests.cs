using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace TasksBus.Functions;

/// <summary>
/// Makes signed requests for Lambda's REST API, and sends them over connections that all callers share. Region, endpoint, credentials
/// and the signature come from AWSSDK.Core; the HTTP exchange is ours, because the SDK's may send a request twice and reads answers
/// without a limit.
/// </summary>
internal sealed class LambdaRequests : IDisposable
{
    private readonly AWS4Signer _signer = new();
    private readonly LambdaClientConfig _config = new();
    private readonly TimeProvider _time;
    private readonly LambdaCredentials _credentials;
    private readonly HttpMessageInvoker _http;

    public LambdaRequests(LambdaOptions options, TimeProvider time)
    {
        _time = time;
        var custom = options.Endpoint?.AbsoluteUri ?? _config.ServiceURL;
        var region = FindRegion(options) ?? throw new InvalidOperationException("Lambda: no region.");
        _config.AuthenticationRegion = region;
        Endpoint = new Uri(custom ?? AwsEndpoint(RegionEndpoint.GetBySystemName(region)));
        _credentials = new LambdaCredentials(options, _config);
        // No HttpClient: its own timeout and buffering would only be in the way.
        _http = new HttpMessageInvoker(LambdaConnections.Create(options, Endpoint));
    }

    public Uri Endpoint { get; }

    /// <summary>The region to sign for; null if nothing says which.</summary>
    public static string? FindRegion(LambdaOptions options)
    {
        if (!string.IsNullOrEmpty(options.Region))
        {
            return options.Region;
        }

        // Asking the machine takes seconds where it is not one of AWS; with a custom endpoint it seldom is.
        var custom = options.Endpoint is not null || new LambdaClientConfig().ServiceURL is not null;
        return FallbackRegionFactory.GetRegionEndpoint(includeInstanceMetadata: !custom)?.SystemName ?? (custom ? "us-east-1" : null);
    }

    public void Dispose()
    {
        _http.Dispose();
        _credentials.Dispose();
    }

    /// <inheritdoc cref="LambdaCredentials.ResolveAsync"/>
    public Task<ImmutableCredentials> ResolveCredentialsAsync(CancellationToken cancellationToken) => _credentials.ResolveAsync(cancellationToken);

    /// <summary>The answer, once its headers are there.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => _http.SendAsync(request, cancellationToken);

    /// <summary>The signed request. It must be sent within minutes: AWS takes no signature that is older than five.</summary>
    /// <param name="call">What is called.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="content">What sends the call's body, where that needs more than sending it.</param>
    public HttpRequestMessage Create(LambdaCall call, ImmutableCredentials credentials, HttpContent? content = null)
    {
        using var toSign = ToSign(call, credentials);
        var signature = _signer.SignRequest(toSign, _config, null, credentials.AccessKey, credentials.SecretKey, _time.GetUtcNow().UtcDateTime);

        content ??= call.Body.IsEmpty ? null : new ReadOnlyMemoryContent(call.Body);
        var request = new HttpRequestMessage(call.Method, new Uri(Endpoint, call.PathAndQuery)) { Content = content };
        foreach (var (name, value) in toSign.Headers)
        {
            // The handler writes Host itself, from the same address.
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, value))
            {
                content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
        request.Headers.TryAddWithoutValidation("User-Agent", _config.UserAgent);
        return request;
    }

    private DefaultRequest ToSign(LambdaCall call, ImmutableCredentials credentials)
    {
        var request = new DefaultRequest(new Call(), "Lambda")
        {
            HttpMethod = call.Method.Method,
            Endpoint = Endpoint,
            ResourcePath = call.ResourcePath,
            UseQueryString = true,
            PrecomputedContentSha256 = Convert.ToHexStringLower(SHA256.HashData(call.Body.Span)),
        };
        foreach (var (name, value) in call.PathParameters)
        {
            request.AddPathResource($"{{{name}}}", value);
        }

        foreach (var (name, value) in call.Query)
        {
            request.Parameters[name] = value;
        }

        foreach (var (name, value) in call.Headers)
        {
            request.Headers[name] = value;
        }

        if (credentials.UseToken)
        {
            request.Headers["X-Amz-Security-Token"] = credentials.Token;
        }

        return request;
    }

    private static string AwsEndpoint(RegionEndpoint region) => "https://" + region.HostnameTemplate
        .Replace("{service}", "lambda", StringComparison.Ordinal)
        .Replace("{region}", region.SystemName, StringComparison.Ordinal)
        .Replace("{dnsSuffix}", region.PartitionDnsSuffix, StringComparison.Ordinal);

    private sealed class Call : AmazonWebServiceRequest;
}
