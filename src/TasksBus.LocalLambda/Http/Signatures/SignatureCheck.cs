using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Features;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>
/// Accepts only requests that are recently and completely signed with one of the keys: the signature covers the body and every x-amz-
/// header. Without keys it accepts everybody on this machine, except pages in a browser.
/// </summary>
internal sealed partial class SignatureCheck(IEnumerable<LocalLambdaKey> keys, TimeProvider time)
{
    /// <summary>AWS' limit for the difference between the two clocks, and for the age of a signature.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string DateHeader = "x-amz-date";
    private const string HashHeader = "x-amz-content-sha256";

    private readonly Dictionary<string, string> _secrets = keys.ToDictionary(
        static key => key.AccessKey, static key => key.SecretKey, StringComparer.Ordinal);

    /// <summary>
    /// Checks what can be checked before the body is read. Returns the signer, or the error to answer with. Both are null when no keys are
    /// required.
    /// </summary>
    public (SignedRequest? Signer, LambdaError? Error) Examine(HttpRequest request)
    {
        if (_secrets.Count == 0)
        {
            return (null, BrowserRequests.Refusal(request));
        }

        var (signer, error) = SignedRequest.Parse(request.Headers.Authorization.ToString());
        error ??= CheckSigner(signer!, request);
        if (error is not null || !request.Headers.TryGetValue(HashHeader, out var claimed))
        {
            return (signer, error);
        }

        return !Hash().IsMatch(claimed.ToString()) ? (null, NotTheHash())
            : CheckSignature(signer!, request, claimed.ToString()) is { } refusal ? (null, refusal)
            : (signer! with { IsProven = true }, null);
    }

    /// <summary>Returns the error to answer with, or null when the signature is valid.</summary>
    public LambdaError? Verify(SignedRequest signer, HttpRequest request, ReadOnlySpan<byte> body)
    {
        var hash = AwsSignature.Hash(body);
        return !signer.IsProven ? CheckSignature(signer, request, hash) : request.Headers[HashHeader] == hash ? null : NotTheHash();
    }

    /// <summary>UNSIGNED-PAYLOAD is refused too: it would need https, and this is plain http.</summary>
    private static LambdaError NotTheHash() => LambdaError.InvalidSignature($"{HashHeader} is not the SHA-256 of the body.");

    private LambdaError? CheckSignature(SignedRequest signer, HttpRequest request, string hash)
    {
        var target = request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var canonical = AwsSignature.Canonical(request.Method, target, signer.SignedHeaders, name => request.Headers[name], hash);
        var expected = AwsSignature.Sign(canonical, request.Headers[DateHeader].ToString(), signer.Scope, _secrets[signer.AccessKey]);
        return CryptographicOperations.FixedTimeEquals(expected, signer.Signature) ? null
            : LambdaError.InvalidSignature(
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
                    + "Access Key and signing method.");
    }

    private LambdaError? CheckSigner(SignedRequest signer, HttpRequest request)
    {
        if (!_secrets.ContainsKey(signer.AccessKey))
        {
            return LambdaError.UnrecognizedClient();
        }

        if (signer.Service != "lambda")
        {
            return LambdaError.InvalidSignature("Credential should be scoped to correct service: 'lambda'.");
        }

        var unsigned = request.Headers.Keys.FirstOrDefault(
            name => IsToBeSigned(name) && !signer.SignedHeaders.Contains(name.ToLowerInvariant()));
        if (unsigned is not null || !signer.SignedHeaders.Contains("host") || !signer.SignedHeaders.Contains(DateHeader))
        {
            return LambdaError.InvalidSignature(
                $"SignedHeaders must hold host, {DateHeader} and every other x-amz- header of the request.");
        }

        var timestamp = request.Headers[DateHeader].ToString();
        if (!AwsSignature.TryParse(timestamp, out var signedAt) || !timestamp.StartsWith(signer.Date, StringComparison.Ordinal))
        {
            return LambdaError.InvalidSignature(
                $"{DateHeader} must be of the form yyyyMMddTHHmmssZ, on the day that the credential names.");
        }

        var now = time.GetUtcNow();
        return signedAt < now - Tolerance ? LambdaError.InvalidSignature(
            $"Signature expired: {timestamp} is more than {Tolerance.TotalMinutes} minutes ago.")
            : signedAt > now + Tolerance ? LambdaError.InvalidSignature(
                $"Signature not yet current: {timestamp} is more than {Tolerance.TotalMinutes} minutes ahead.")
            : null;
    }

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hash();

    private static bool IsToBeSigned(string header) => header.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase);
}
