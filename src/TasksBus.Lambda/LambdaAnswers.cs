using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using TasksBus.Functions;

namespace TasksBus.Lambda;

/// <summary>Reads Lambda's answer to an invocation.</summary>
internal static class LambdaAnswers
{
    /// <summary>Lambda's limit for an event and for an answer: 6 MB.</summary>
    public const int PayloadLimit = 6_291_456;

    /// <summary>Asks an endpoint of local functions for the whole log after the answer. The value is <c>body</c>.</summary>
    public const string WholeLog = "X-TasksBus-Log";

    /// <summary>Marks an error of local functions whose message already says how to fix it.</summary>
    private const string Advice = "X-TasksBus-Advice";

    private const string WholeLogLength = "X-TasksBus-Log-Length";
    private const int WholeLogLimit = 1_048_576;
    private const int ErrorBodyLimit = 65_536;

    /// <exception cref="IOException">The connection was lost during the answer.</exception>
    /// <exception cref="HttpRequestException">The connection was lost during the answer.</exception>
    public static async Task<InvocationResult> ReadAsync(
        HttpResponseMessage response, LambdaTarget target, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var requestId = RequestId(response);
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                return await ReadOutcomeAsync(response, requestId, cancellationToken).ConfigureAwait(false);

            // For example 202, Lambda's answer to an asynchronous invocation.
            case >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices:
                return new InvocationResult.Unknown(
                    "UnexpectedAnswer", $"Lambda answered HTTP {(int)response.StatusCode}, not 200. The function may have run.", requestId);

            default:
                var (code, words) = await ReadErrorAsync(response, cancellationToken).ConfigureAwait(false);
                var hasAdvice = !target.IsInAws && Header(response, Advice) is not null;
                return LambdaErrors.Interpret(response.StatusCode, code, words, RetryAfter(response, now), target, hasAdvice) with
                {
                    RequestId = requestId
                };
        }
    }

    private static async Task<InvocationResult> ReadOutcomeAsync(
        HttpResponseMessage response, string? requestId, CancellationToken cancellationToken)
    {
        // Only the header decides, because a successful answer may contain an errorMessage of its own.
        var functionError = Header(response, "X-Amz-Function-Error");
        var log = DecodeLog(Header(response, "X-Amz-Log-Result"));
        var logLength = int.TryParse(Header(response, WholeLogLength), NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? Math.Min(length, WholeLogLimit) : 0;

        var payload = await ReadBodyAsync(response, PayloadLimit + logLength, cancellationToken).ConfigureAwait(false);
        if (logLength > 0 && payload?.Length >= logLength)
        {
            log = Encoding.UTF8.GetString(payload.Value[^logLength..].Span);
            payload = payload.Value[..^logLength];
        }

        if (payload is null)
        {
            return new InvocationResult.FunctionFailed(
                "Function.ResponseSizeTooLarge",
                "The function's answer is larger than 6 MB (6,291,456 bytes). Store the result elsewhere and answer a reference to it.",
                log,
                requestId);
        }

        if (functionError is null)
        {
            return new InvocationResult.Succeeded(payload.Value, log, requestId);
        }

        var (type, message) = ReadErrorPayload(payload.Value.Span);
        return new InvocationResult.FunctionFailed(
            string.IsNullOrWhiteSpace(type) ? ErrorText.Clean(functionError, ErrorText.NameLimit) : type,
            message ?? ErrorText.Clean(
                $"The function failed ({functionError}) without an errorMessage; it answered: "
                    + $"{ErrorText.Clean(payload.Value.Span, ErrorText.MessageLimit)}",
                ErrorText.MessageLimit),
            log,
            requestId);
    }

    /// <summary>
    /// The errorType and errorMessage of a failed function. The payload is read token by token. So only the start of a huge text is
    /// decoded, and fields before a fault in the JSON still count.
    /// </summary>
    private static (string? Type, string? Message) ReadErrorPayload(ReadOnlySpan<byte> payload)
    {
        string? type = null, message = null;
        try
        {
            var reader = new Utf8JsonReader(payload, JsonInput.FunctionError);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isType = reader.ValueTextEquals("errorType"u8);
                var isMessage = reader.ValueTextEquals("errorMessage"u8);
                reader.Read();
                if (isType)
                {
                    type = ReadText(ref reader, payload, ErrorText.NameLimit);
                }
                else if (isMessage)
                {
                    message = ReadText(ref reader, payload, ErrorText.MessageLimit);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (JsonException)
        {
            // The payload is not valid JSON to its end. The values found so far are kept, and the caller reports what is missing.
        }

        return (type, message);
    }

    private static string? ReadText(ref Utf8JsonReader reader, ReadOnlySpan<byte> payload, int limit)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.String:
                return ErrorText.CleanJson(reader.ValueSpan, limit);
            default:
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                return ErrorText.Clean(payload[start..(int)reader.BytesConsumed], limit);
        }
    }

    /// <summary>Lambda's code and message for a refused call.</summary>
    public static async Task<(string? Code, string? Words)> ReadErrorAsync(
        HttpResponseMessage response, CancellationToken cancellationToken)
    {
        // Lambda appends a documentation address to the code: "Code:http://...".
        var code = Header(response, "x-amzn-ErrorType")?.Split(':', 2)[0];
        ReadOnlyMemory<byte> body;
        try
        {
            body = await ReadBodyAsync(response, ErrorBodyLimit, cancellationToken).ConfigureAwait(false) ?? default;
        }
        catch (Exception lost) when (lost is IOException or HttpRequestException or OperationCanceledException)
        {
            // The status is enough: a refused invocation stays refused.
            return (code, null);
        }

        try
        {
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
            {
                // Other AWS JSON protocols carry the code as "__type": "namespace#Code".
                code ??= Text(json.RootElement, "__type")?.Split('#')[^1].Split(':', 2)[0] ?? Text(json.RootElement, "code");
                var words = Text(json.RootElement, "message") ?? Text(json.RootElement, "Message");
                var reason = Text(json.RootElement, "Reason");
                return (code, reason is null ? words : $"{words} ({reason})");
            }
        }
        catch (JsonException)
        {
            // Not JSON: perhaps the page of a proxy, whose text is then the best available.
        }

        return (code, ErrorText.Clean(body.Span, ErrorText.MessageLimit));

        static string? Text(JsonElement element, string property) =>
            element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String
                ? ErrorText.CleanJson(JsonMarshal.GetRawUtf8Value(value)[1..^1], ErrorText.MessageLimit)
                : null;
    }

    /// <summary>Reads the body once, into one buffer. Returns null if it is larger than the limit.</summary>
    private static async Task<ReadOnlyMemory<byte>?> ReadBodyAsync(
        HttpResponseMessage response, int limit, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentLength > limit)
        {
            return null;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            if (response.Content.Headers.ContentLength is { } length)
            {
                var body = new byte[length];
                await stream.ReadExactlyAsync(body, cancellationToken).ConfigureAwait(false);
                return body;
            }

            var buffer = new byte[4_096];
            var filled = 0;
            while (await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false) is var read and > 0)
            {
                filled += read;
                if (filled > limit)
                {
                    return null;
                }

                if (filled == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(2 * filled, limit + 1));
                }
            }

            return buffer.AsMemory(0, filled);
        }
    }

    /// <summary>Lambda's id of the request, which also appears in the function's log and in CloudTrail.</summary>
    public static string? RequestId(HttpResponseMessage response) =>
        Header(response, "x-amzn-RequestId") is { Length: > 0 } id ? ErrorText.Clean(id, ErrorText.NameLimit) : null;

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString() : null;

    private static string? DecodeLog(string? base64)
    {
        if (base64 is null)
        {
            return null;
        }

        var bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length).Replace('\0', '\uFFFD')
            : null;
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        var header = response.Headers.RetryAfter;
        var wait = header?.Delta ?? header?.Date - now;
        return wait > TimeSpan.Zero ? wait : null;
    }
}
