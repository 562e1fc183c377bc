using System.Text.RegularExpressions;

namespace TasksBus.LocalLambda.Http.Signatures;

/// <summary>The contents of the Authorization header of a signed request.</summary>
internal sealed partial record SignedRequest(
    string AccessKey, string Date, string Region, string Service, IReadOnlyList<string> SignedHeaders, byte[] Signature)
{
    /// <summary>
    /// True when the signature is known to be valid before the body is read. Then only the body's hash is compared afterwards.
    /// </summary>
    public bool IsProven { get; init; }

    public string Scope => $"{Date}/{Region}/{Service}/{AwsSignature.Terminator}";

    /// <summary>Parses the header, or returns the error to answer with.</summary>
    public static (SignedRequest? Request, LambdaError? Error) Parse(string authorization)
    {
        if (string.IsNullOrWhiteSpace(authorization))
        {
            return (null, LambdaError.MissingAuthenticationToken());
        }

        if (!authorization.StartsWith(AwsSignature.Algorithm + " ", StringComparison.Ordinal))
        {
            return (null, LambdaError.IncompleteSignature($"Authorization must start with {AwsSignature.Algorithm}."));
        }

        Dictionary<string, string> parts = [];
        foreach (var part in authorization[AwsSignature.Algorithm.Length..]
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = part.Split('=', 2);
            if (pair.Length < 2 || !parts.TryAdd(pair[0], pair[1]))
            {
                return (null,
                    LambdaError.IncompleteSignature("Authorization must be parts of the form NAME=VALUE, each once, joined by commas."));
            }
        }

        if (!Credential().IsMatch(parts.GetValueOrDefault("Credential", "")))
        {
            return (null, LambdaError.IncompleteSignature("Authorization needs Credential=ACCESSKEY/DATE/REGION/SERVICE/aws4_request."));
        }

        if (!Signed().IsMatch(parts.GetValueOrDefault("SignedHeaders", "")))
        {
            return (null, LambdaError.IncompleteSignature("Authorization needs SignedHeaders=NAME;NAME..., in lower case."));
        }

        if (!Hex().IsMatch(parts.GetValueOrDefault("Signature", "")))
        {
            return (null, LambdaError.IncompleteSignature("Authorization needs Signature=SIGNATURE, of 64 hex digits."));
        }

        var credential = parts["Credential"].Split('/');
        var signature = Convert.FromHexString(parts["Signature"]);
        return (new(credential[0], credential[1], credential[2], credential[3], parts["SignedHeaders"].Split(';'), signature), null);
    }

    [GeneratedRegex(@"^\w{1,128}/[0-9]{8}/[a-z0-9-]{1,64}/[a-z0-9-]{1,64}/aws4_request\z", RegexOptions.ECMAScript)]
    private static partial Regex Credential();

    [GeneratedRegex(@"^[a-z0-9_.-]+(;[a-z0-9_.-]+)*\z")]
    private static partial Regex Signed();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Hex();
}
