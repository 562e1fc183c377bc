using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.Runtime.Endpoints;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace TasksBus.Functions;

/// <summary>
/// Makes signed requests for Lambda's Invoke call. Region, endpoint, credentials and the signature come from
/// AWSSDK.Core; the HTTP exchange is ours, because the SDK's may send a request twice and reads answers without a limit.
/// </summary>
internal sealed class LambdaRequests : IDisposable
{
    private const string ResourcePath = "/2015-03-31/functions/{FunctionName}/invocations";

    private readonly AWS4Signer _signer = new();
    private readonly LambdaClientConfig _config = new();
    private readonly AWSCredentials? _fixedCredentials;
    private readonly DefaultAWSCredentialsIdentityResolver _credentialChain = new();

    public LambdaRequests(LambdaOptions options)
    {
        var custom = options.Endpoint?.AbsoluteUri ?? _config.ServiceURL;
        var region = FindRegion(options) ?? throw new InvalidOperationException("Lambda: no region.");
        _config.AuthenticationRegion = region;
        Endpoint = new Uri(custom ?? AwsEndpoint(RegionEndpoint.GetBySystemName(region)));
        _fixedCredentials = string.IsNullOrEmpty(options.AccessKey) ? null
            : string.IsNullOrEmpty(options.SessionToken) ? new BasicAWSCredentials(options.AccessKey, options.SecretKey)
            : new SessionAWSCredentials(options.AccessKey, options.SecretKey, options.SessionToken);
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

    public void Dispose() => _credentialChain.Dispose();

    /// <summary>The credentials of this moment; temporary ones are renewed by the SDK.</summary>
    public async Task<ImmutableCredentials> ResolveCredentialsAsync(CancellationToken cancellationToken)
    {
        var credentials = _fixedCredentials
            ?? await _credentialChain.ResolveIdentityAsync(_config, cancellationToken).WaitAsync(cancellationToken).ConfigureAwait(false);
        return await credentials.GetCredentialsAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public HttpRequestMessage Create(FunctionInvocation invocation, ImmutableCredentials credentials, HttpContent content)
    {
        using var toSign = new DefaultRequest(new InvokeRequest(), "Lambda")
        {
            HttpMethod = "POST",
            Endpoint = Endpoint,
            ResourcePath = ResourcePath,
            PrecomputedContentSha256 = Convert.ToHexStringLower(SHA256.HashData(invocation.Payload.Span)),
        };
        toSign.AddPathResource("{FunctionName}", invocation.FunctionName);
        toSign.Headers["Content-Type"] = "application/json";
        toSign.Headers["X-Amz-Invocation-Type"] = "RequestResponse";
        toSign.Headers["X-Amz-Log-Type"] = "Tail";
        if (credentials.UseToken)
        {
            toSign.Headers["X-Amz-Security-Token"] = credentials.Token;
        }

        var signature = _signer.SignRequest(toSign, _config, null, credentials.AccessKey, credentials.SecretKey);

        var path = ResourcePath.Replace("{FunctionName}", Uri.EscapeDataString(invocation.FunctionName), StringComparison.Ordinal);
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Endpoint, path)) { Content = content };
        foreach (var (name, value) in toSign.Headers)
        {
            // The handler writes Host itself, from the same address.
            if (!name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        request.Headers.TryAddWithoutValidation("Authorization", signature.ForAuthorizationHeader);
        request.Headers.TryAddWithoutValidation("User-Agent", _config.UserAgent);
        return request;
    }

    private static string AwsEndpoint(RegionEndpoint region) => "https://" + region.HostnameTemplate
        .Replace("{service}", "lambda", StringComparison.Ordinal)
        .Replace("{region}", region.SystemName, StringComparison.Ordinal)
        .Replace("{dnsSuffix}", region.PartitionDnsSuffix, StringComparison.Ordinal);

    private sealed class InvokeRequest : AmazonWebServiceRequest;

    /// <summary>What the SDK's signer, credential chain and endpoint settings need to know of the service.</summary>
    private sealed class LambdaClientConfig : ClientConfig
    {
        public LambdaClientConfig()
            : base(new NoDefaults())
        {
            AuthenticationServiceName = RegionEndpointServiceName;
            ServiceId = "Lambda";
        }

        public override string RegionEndpointServiceName => "lambda";

        public override string ServiceVersion => "2015-03-31";

        public override string UserAgent => "TasksBus";

        // Only the SDK's own pipeline asks for it.
        public override Endpoint DetermineServiceOperationEndpoint(ServiceOperationEndpointParameters parameters) =>
            throw new NotSupportedException();
    }

    private sealed class NoDefaults : IDefaultConfigurationProvider
    {
        public IDefaultConfiguration GetDefaultConfiguration(RegionEndpoint clientRegion, DefaultConfigurationMode? requestedConfigurationMode = null) =>
            new DefaultConfiguration();
    }
}
