using System.Text.Encodings.Web;
using System.Text.Json;

namespace TasksBus.LocalLambda.Http;

/// <summary>An error of the service, not of a function, as the Invoke operation of Lambda's API documents it.</summary>
internal sealed record LambdaError(int Status, string Type, string Message)
{
    /// <summary>Lambda's word for which limit was reached.</summary>
    public string? Reason { get; init; }

    public int? RetryAfterSeconds { get; init; }

    public static LambdaError FunctionNotFound(string name) =>
        new(404, "ResourceNotFoundException", $"Function not found: {name}");

    public static LambdaError UnknownOperation(string path) =>
        new(404, "UnknownOperationException", $"There is nothing but POST /2015-03-31/functions/{{name}}/invocations here: {path}");

    public static LambdaError InvalidInvocationType(string type) =>
        new(400, "InvalidParameterValueException", $"X-Amz-Invocation-Type must be RequestResponse, Event or DryRun, not {type}");

    public static LambdaError NotJson(string reason) =>
        new(400, "InvalidRequestContentException", $"Could not parse request body into json: {reason}");

    public static LambdaError TooLarge() =>
        new(413, "RequestTooLargeException", $"Request must be smaller than {RequestBody.MaxSize} bytes for the InvokeFunction operation");

    public static LambdaError FunctionThrottled() =>
        new(429, "TooManyRequestsException", "Rate Exceeded.") { Reason = "ReservedFunctionConcurrentInvocationLimitExceeded", RetryAfterSeconds = 1 };

    public static LambdaError ServerThrottled() =>
        new(429, "TooManyRequestsException", "Rate Exceeded.") { Reason = "ConcurrentInvocationLimitExceeded", RetryAfterSeconds = 1 };

    public static LambdaError MissingAuthenticationToken() =>
        new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");

    public static LambdaError IncompleteSignature(string reason) => new(403, "IncompleteSignatureException", reason);

    public static LambdaError UnrecognizedClient() =>
        new(403, "UnrecognizedClientException", "The security token included in the request is invalid.");

    public static LambdaError InvalidSignature(string reason) => new(403, "InvalidSignatureException", reason);

    public static LambdaError ServerFailed(string message) => new(500, "ServiceException", message);

    public async Task WriteAsync(HttpResponse response)
    {
        response.StatusCode = Status;
        response.ContentType = "application/json";
        response.Headers["x-amzn-ErrorType"] = Type;
        if (RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("Type"u8, Status < 500 ? "User" : "Service");

            // Lambda itself is not of one mind about the capital.
            writer.WriteString(Status is 404 or 500 ? "Message" : "message", Message);
            if (Reason is not null)
            {
                writer.WriteString("Reason"u8, Reason);
            }

            writer.WriteEndObject();
        }

        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body.GetBuffer().AsMemory(0, (int)body.Length)).ConfigureAwait(false);
    }
}
