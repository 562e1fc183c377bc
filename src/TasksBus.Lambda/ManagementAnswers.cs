using System.Net;
using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Functions.Management;

namespace TasksBus.Lambda;

/// <summary>Reads Lambda's answers to the calls that manage functions.</summary>
internal static class ManagementAnswers
{
    private const string CheckPermission =
        "Allow this service's credentials to manage functions, and to pass their role to Lambda (iam:PassRole).";

    /// <param name="isWrapped">True for GetFunction, which wraps the configuration that other calls return directly.</param>
    public static async Task<ManagementResult> ReadAsync(HttpResponseMessage response, bool isWrapped, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
        {
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
            return new(ManagementOutcome.Done, Function: body.Length == 0 ? null : ReadFunction(body, isWrapped));
        }

        var (code, words) = await LambdaAnswers.ReadErrorAsync(response, cancellationToken).ConfigureAwait(false);
        return Interpret(
            response.StatusCode, code,
            string.IsNullOrWhiteSpace(words) ? $"Lambda answered HTTP {(int)response.StatusCode} without an explanation." : words.Trim());
    }

    /// <summary>The codes are those of the AWS Lambda API reference.</summary>
    public static ManagementResult Interpret(HttpStatusCode status, string? code, string words) => code switch
    {
        "ResourceNotFoundException" => new(ManagementOutcome.NotFound, words),
        // For an update: another update is still under way.
        "ResourceConflictException" => new(ManagementOutcome.Exists, words),
        "InvalidParameterValueException" or "ValidationException" => new(
            IsAboutCode(words) ? ManagementOutcome.CodeRefused : ManagementOutcome.ConfigurationRefused, words),
        "InvalidZipFileException" or "RequestEntityTooLargeException" or "RequestTooLargeException" or "CodeVerificationFailedException"
            or "InvalidCodeSignatureException" or "CodeStorageExceededException" => new(ManagementOutcome.CodeRefused, words),
        _ => (int)status switch
        {
            413 => new(ManagementOutcome.CodeRefused, words),
            429 or >= 500 => new(ManagementOutcome.Unknown, words),
            401 or 403 => new(ManagementOutcome.NotAllowed, $"{words} {CheckPermission}"),
            _ => new(ManagementOutcome.NotAllowed, $"{(code is null ? "" : $"{code}: ")}{words}"),
        },
    };

    private static bool IsAboutCode(string words) =>
        words.Contains("zip", StringComparison.OrdinalIgnoreCase) || words.Contains("Unzipped size", StringComparison.OrdinalIgnoreCase);

    private static DeployedFunction? ReadFunction(byte[] body, bool isWrapped)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            var function = isWrapped ? json.RootElement.GetProperty("Configuration") : json.RootElement;
            var (state, update) = (Text(function, "State"), Text(function, "LastUpdateStatus"));
            return new(
                Text(function, "Description"), Text(function, "CodeSha256"), state == "Pending" || update == "InProgress",
                state == "Failed" ? Text(function, "StateReason") ?? "The function's state is Failed."
                : update == "Failed" ? Text(function, "LastUpdateStatusReason") ?? "The function's last update failed."
                : null)
            {
                Account = AccountIn(Text(function, "FunctionArn")),
            };
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Lambda does not answer in this way. What matters is asked for again.
            return null;
        }
    }

    /// <summary>Endpoints that stand in for AWS have this account, or none, and accept ARNs of every account.</summary>
    private static string? AccountIn(string? arn) =>
        arn is not null && FunctionName.Parse(arn)?.Account is { } account && account != "000000000000" ? account : null;

    private static string? Text(JsonElement element, string property) =>
        element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
