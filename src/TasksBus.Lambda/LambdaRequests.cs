using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Auth;

namespace TasksBus.Lambda;

/// <summary>
/// Makes signed requests for Lambda's REST API and sends them over connections that all callers share. Region, endpoint, credentials and
/// the signature come from AWSSDK.Core. The HTTP exchange is our own, because the SDK may send a request twice and reads answers without a
/// limit.
/// </summary>
internal sealed class LambdaRequests : IDisposable
{
    private static readonly HttpRequestOptionsKey<DateTimeOffset> s_signedAt = new("TasksBus.SignedAt");

    private readonly AWS4Signer _signer = new();
    private readonly LambdaClientConfig _config = new();
    private readonly SigningClock _clock;
    private readonly LambdaCredentials _credentials;
    private readonly HttpMessageInvoker _http;

    public LambdaRequests(LambdaOptions options, TimeProvider time)
    {
        _clock = new SigningClock(time);
        _config.UseFIPSEndpoint = options.UseFips ?? _config.UseFIPSEndpoint;
        _config.UseDualstackEndpoint = options.UseDualStack ?? _config.UseDualstackEndpoint;
        Region = LambdaEndpoints.FindRegion(options) ?? throw new InvalidOperationException("Lambda: no region.");
        _config.AuthenticationRegion = Region;
        var custom = LambdaEndpoints.FindCustom(options, _config);
        IsInAws = custom is null;
        Endpoint = custom ?? LambdaEndpoints.InAws(Region, _config.UseDualstackEndpoint, _config.UseFIPSEndpoint)
            ?? throw new InvalidOperationException($"Lambda: region {Region} has no dual-stack endpoint. Set UseDualStack to false.");
        _credentials = new LambdaCredentials(options, _config);
        // This is not an HttpClient, whose own timeout and buffering would only be in the way.
        _http = new HttpMessageInvoker(LambdaConnections.Create(options, Endpoint));
    }

    public Uri Endpoint { get; }

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; }

    /// <summary>True when the endpoint is AWS's own, and so serves only its region.</summary>
    public bool IsInAws { get; }

    /// <summary>
    /// The account whose functions a bare name refers to. Null while the credentials do not tell, as those of a user do not. Also null when
    /// the endpoint is not AWS's, because there ARNs of every account may lead to the function of that name.
    /// </summary>
    public string? Account => IsInAws ? _credentials.Account : null;

    public void Dispose()
    {
        _http.Dispose();
        _credentials.Dispose();
    }

    /// <inheritdoc cref="LambdaCredentials.ResolveAsync"/>
    public Task<ImmutableCredentials> ResolveCredentialsAsync(CancellationToken cancellationToken) =>
        _credentials.ResolveAsync(cancellationToken);

    /// <summary>
    /// Call this when a signature was refused. If time was the reason, requests are signed with the corrected time from now on. It is then
    /// safe to send this request again, because AWS did nothing with it.
    /// </summary>
    /// <returns>How far this machine's clock is behind AWS's, negative when it is ahead. Null if time was not the reason.</returns>
    public TimeSpan? CorrectClock(HttpRequestMessage request, HttpResponseMessage response) =>
        request.Options.TryGetValue(s_signedAt, out var signedAt) ? _clock.Correct(response.Headers.Date, signedAt) : null;

    /// <summary>Sends a request. Returns the answer once its headers have arrived.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        _http.SendAsync(request, cancellationToken);

    /// <summary>
    /// Creates the signed request. It must be sent within minutes, because AWS refuses signatures that are older than five.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="credentials">The credentials that sign.</param>
    /// <param name="content">Sends the call's body, if that needs more than sending the bytes.</param>
    public HttpRequestMessage Create(LambdaCall call, ImmutableCredentials credentials, HttpContent? content = null)
    {
        using var toSign = ToSign(call, credentials);
        var now = _clock.Now;
        var signature = _signer.SignRequest(toSign, _config, null, credentials.AccessKey, credentials.SecretKey, now.UtcDateTime);

        content ??= call.Body.IsEmpty ? null : new ReadOnlyMemoryContent(call.Body);
        var request = new HttpRequestMessage(call.Method, new Uri(Endpoint, call.PathAndQuery)) { Content = content };
        request.Options.Set(s_signedAt, now);
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

    private sealed class Call : AmazonWebServiceRequest;
}
