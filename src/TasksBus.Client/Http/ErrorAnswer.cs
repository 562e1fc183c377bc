using System.Net;
using System.Text.Json;
using TasksBus.Contracts;

namespace TasksBus.Client.Http;

/// <summary>Reads answers that say why a call was refused.</summary>
internal static class ErrorAnswer
{
    /// <summary>Returns the exception for an answer.</summary>
    /// <param name="now">The time, for a Retry-After that names one.</param>
    public static TasksBusException Read(HttpResponseMessage response, byte[] body, DateTimeOffset now)
    {
        var status = response.StatusCode;
        var (code, message) = Parse(status, body) ?? NotOurs(status, response.RequestMessage?.RequestUri);
        return status switch
        {
            HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
                or HttpStatusCode.GatewayTimeout => new TasksBusUnavailableException(code, message, RetryAfter(response, now)),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new AccessRefusedException(code, message),
            HttpStatusCode.NotFound when code == ErrorCode.ResourceUnknown => new ResourceUnknownException(code, message),
            >= HttpStatusCode.BadRequest and < HttpStatusCode.InternalServerError when code.Code != 0 =>
                new TaskRefusedException(code, message),
            _ => new TasksBusException(code, message),
        };
    }

    /// <summary>Reads an error of the API. Null when it is none.</summary>
    private static (ErrorCode Code, string Message)? Parse(HttpStatusCode status, byte[] body)
    {
        try
        {
            var error = JsonSerializer.Deserialize<ErrorBody>(body, JsonSerializerOptions.Web);
            return error is { Code: not 0, Name: not null, Message: not null }
                ? (new(error.Code, (int)status, error.Name), error.Message) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The error of an answer that something before the server gave. Its code is 0.</summary>
    private static (ErrorCode Code, string Message) NotOurs(HttpStatusCode status, Uri? address) => (
        new(0, (int)status, "NOT_FROM_TASKSBUS"),
        $"{address?.GetLeftPart(UriPartial.Path)} answered {(int)status} without an error of TasksBus. "
        + "Look at what stands before the server, and whether the address is right.");

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > now => date - now,
        _ => null,
    };

    private sealed record ErrorBody(int Code, string? Name, string? Message);
}
