using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>
/// AWS Signature Version 4, as described in "Create a signed AWS API request" in the IAM User Guide
/// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
/// </summary>
internal static partial class AwsSignature
{
    public const string Algorithm = "AWS4-HMAC-SHA256";
    public const string Terminator = "aws4_request";

    /// <summary>
    /// The request in the form that is signed. The target is the path and query as they were sent. Outside S3 each segment of the path is
    /// encoded once more. The names of the signed headers are in lower case, in the client's order.
    /// </summary>
    public static string Canonical(
        string method, string target, IReadOnlyList<string> signedHeaders, Func<string, StringValues> headers, string payloadHash)
    {
        var question = target.IndexOf('?', StringComparison.Ordinal);
        var (path, query) = question < 0 ? (target, "") : (target[..question], target[(question + 1)..]);
        var canonical = new StringBuilder()
            .Append(method).Append('\n')
            .AppendJoin('/', path.Split('/').Select(Uri.EscapeDataString)).Append('\n')
            .AppendJoin('&', CanonicalQuery(query)).Append('\n');
        foreach (var name in signedHeaders)
        {
            canonical.Append(name).Append(':').AppendJoin(
                ',', headers(name).Select(static value => Spaces().Replace(value?.Trim() ?? "", " "))).Append('\n');
        }

        return canonical.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(payloadHash).ToString();
    }

    /// <summary>
    /// The signature, 32 bytes. The timestamp has the form yyyyMMddTHHmmssZ, the scope has the form date/region/service/aws4_request.
    /// </summary>
    public static byte[] Sign(string canonical, string timestamp, string scope, string secretKey)
    {
        var key = scope.Split('/').Aggregate(
            Encoding.UTF8.GetBytes("AWS4" + secretKey),
            static (previous, part) => HMACSHA256.HashData(previous, Encoding.UTF8.GetBytes(part)));
        return HMACSHA256.HashData(
            key, Encoding.UTF8.GetBytes($"{Algorithm}\n{timestamp}\n{scope}\n{Hash(Encoding.UTF8.GetBytes(canonical))}"));
    }

    public static string Hash(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static bool TryParse(string timestamp, out DateTimeOffset time) => DateTimeOffset.TryParseExact(
        timestamp, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
        out time);

    private static IEnumerable<string> CanonicalQuery(string query) => query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(static parameter => parameter.Split('=', 2))
        .Select(static pair => (Name: Encode(pair[0]), Value: Encode(pair.ElementAtOrDefault(1) ?? "")))
        .OrderBy(static pair => pair.Name, StringComparer.Ordinal).ThenBy(static pair => pair.Value, StringComparer.Ordinal)
        .Select(static pair => $"{pair.Name}={pair.Value}");

    private static string Encode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
