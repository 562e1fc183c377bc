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
        var (code, message) = Parse(status, body) ?? NotOurs(response);
        return status switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout =>
                new TasksBusUnavailableException(code, message, RetryAfter(response, now)),
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
    private static (ErrorCode Code, string Message) NotOurs(HttpResponseMessage response)
    {
        var (status, address) = ((int)response.StatusCode, response.RequestMessage?.RequestUri);
        var message = status is >= 300 and < 400 && response.Headers.Location is { } location
            ? $"{Shown(address)} redirects to {Shown(address is null ? location : new(address, location))} ({status}). Redirects are not "
                + "followed, because they may turn a POST into a GET, which stores nothing. Let Address be the address behind them."
            : $"{Shown(address)} answered {status} without an error of TasksBus. "
                + "Look at what stands before the server, and whether the address is right.";
        return (new(0, status, "NOT_FROM_TASKSBUS"), message);
    }

    /// <summary>An address without what may be secret in it: the name and password of a user, and the query.</summary>
    private static string? Shown(Uri? address) => address is { IsAbsoluteUri: true }
        ? address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped) : null;

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > now => date - now,
        _ => null,
    };

    private sealed record ErrorBody(int Code, string? Name, string? Message);
}
