using System.Text.Encodings.Web;
using System.Text.Json;
using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Functions;

namespace TasksBus.LocalLambda.Http;

/// <summary>An error of the service, not of a function, as Lambda's API documents it for each operation.</summary>
internal sealed record LambdaError(int Status, string Type, string Message)
{
    /// <summary>Lambda's name for the limit that was reached.</summary>
    public string? Reason { get; init; }

    public int? RetryAfterSeconds { get; init; }

    /// <summary>True when the message says how to fix the problem. Then the caller adds no advice of its own.</summary>
    public bool HasAdvice { get; init; }

    public static LambdaError FunctionNotFound(string name) =>
        new(404, "ResourceNotFoundException", $"Function not found: {name}");

    /// <summary>The same error for callers whose users may know nothing of AWS.</summary>
    /// <param name="name">Null when no local function can have the text as its name.</param>
    /// <param name="text">The name as the caller wrote it.</param>
    public static LambdaError NoLocalFunction(string? name, string text)
    {
        var message = name is null
            ? $"There is no local function '{text}': their names have letters, digits, '-' and '_' only, and there are "
                + "neither versions nor aliases. "
                + "Correct the name."
            : $"There is no local function '{name}'. Make a folder '{name}' with an index.mjs beside the other functions, "
                + "deploy one of that name, or correct the name.";
        return new(404, "ResourceNotFoundException", message) { HasAdvice = true };
    }

    public static LambdaError UnknownOperation(string path) =>
        new(404, "UnknownOperationException", $"LocalLambda has no such operation: {path}");

    public static LambdaError WrongType(string name) =>
        new(400, "SerializationException", $"The value of {name} is not of the type that the API gives it");

    public static LambdaError InvalidInvocationType(string type) =>
        Invalid($"X-Amz-Invocation-Type must be RequestResponse, Event or DryRun, not {type}");

    public static LambdaError NotJson(string reason) =>
        new(400, "InvalidRequestContentException", $"Could not parse request body into json: {reason}");

    /// <summary>Invoke has another name for this error than the other operations.</summary>
    public static LambdaError TooLarge(BodyLimit limit) =>
        new(
            413, limit == BodyLimit.Invoke ? "RequestTooLargeException" : "RequestEntityTooLargeException",
            $"Request must be smaller than {limit.Bytes} bytes for the {limit.Operation} operation");

    public static LambdaError Invalid(string message) => new(400, "InvalidParameterValueException", message);

    /// <summary>A value does not have the form that the API's model requires.</summary>
    public static LambdaError NotOfTheModel(string value, string member, string constraint) =>
        new(
            400, "ValidationException",
            $"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: {constraint}");

    public static LambdaError FunctionExists(string name) => new(409, "ResourceConflictException", $"Function already exist: {name}");

    public static LambdaError NotInState(FunctionState state) =>
        new(
            409, "ResourceConflictException",
            $"The operation cannot be performed at this time. The function is currently in the following state: {state}");

    public static LambdaError UpdateInProgress(string name) =>
        new(
            409, "ResourceConflictException",
            $"The operation cannot be performed at this time. An update is in progress for resource: {LocalFunctionName.Arn(name)}");

    public static LambdaError OtherRevision() =>
        new(
            412, "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to "
                + "retrieve the latest Revision Id");

    public static LambdaError InvalidPackage(string message) => new(502, "InvalidZipFileException", message);

    public static LambdaError CodeStorageExceeded() => new(400, "CodeStorageExceededException", "Code storage limit exceeded.");

    /// <summary>Only the owner of a folder may change its function, not the API.</summary>
    public static LambdaError InFolder(string name) =>
        Invalid(
            $"The function {name} is a folder on the server, which the API does not change: edit its files, or deploy a "
                + "function of another name");

    public static LambdaError FunctionThrottled() =>
        new(429, "TooManyRequestsException", "Rate Exceeded.")
        {
            Reason = "ReservedFunctionConcurrentInvocationLimitExceeded",
            RetryAfterSeconds = 1,
        };

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

        if (HasAdvice)
        {
            response.Headers["X-TasksBus-Advice"] = "given";
        }

        using var body = new MemoryStream();
        using (var writer = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("Type"u8, Status < 500 ? "User" : "Service");

            // Lambda itself writes the field with and without a capital letter.
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
