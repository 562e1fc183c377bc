using Microsoft.AspNetCore.Http.Features;
using TasksBus.Contracts;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Storage;
using TasksBus.Telemetry;

namespace TasksBus.Service.Http;

/// <summary>Errors in the API's form: <c>{"code":27,"name":"ILLEGAL_STATE_EXCEPTION","message":"..."}</c>.</summary>
internal static partial class ApiErrors
{
    /// <summary>When to try again after the database was away.</summary>
    private const string RetryAfterSeconds = "2";

    public static IResult Result(ErrorCode code, string message) =>
        Results.Json(new { code = code.Code, name = code.Name, message }, JsonOutput.Objects, statusCode: code.HttpStatus);

    public static IResult Result(Refusal refusal) => Result(refusal.Code, refusal.Message);

    public static IResult TaskUnknown(string id) => Result(ErrorCode.ResourceUnknown, $"There is no task '{id}'.");

    /// <summary>Turns exceptions from the endpoints, and paths that do not exist, into errors of the API.</summary>
    public static void UseApiErrors(this IApplicationBuilder app)
    {
        var logger = app.ApplicationServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ApiErrors));
        var metrics = app.ApplicationServices.GetService<TaskMetrics>();
        app.Use(async (context, next) =>
        {
            try
            {
                await next(context);
                if (!context.Response.HasStarted && WithoutEndpoint(context) is { } error)
                {
                    await error.ExecuteAsync(context);
                }
            }
            catch (Exception exception) when (!context.Response.HasStarted
                && (exception is CommandRefusedException || !context.RequestAborted.IsCancellationRequested))
            {
                if (exception is StoreUnavailableException or CommitOutcomeUnknownException)
                {
                    context.Response.Headers.RetryAfter = RetryAfterSeconds;
                    if (exception is not (IntakeFullException or ListsFullException))
                    {
                        metrics?.DatabaseAway();
                    }
                }

                await Translate(exception, logger).ExecuteAsync(context);
            }
        });
    }

    /// <summary>The answer when no endpoint answered. Null when one did.</summary>
    private static IResult? WithoutEndpoint(HttpContext context) => (context.Response.StatusCode, context.GetEndpoint()) switch
    {
        (404, null) => Result(ErrorCode.ResourceUnknown, $"There is no {context.Request.Method} {context.Request.Path}."),
        (405, null or { DisplayName: "405 HTTP Method Not Supported" }) =>
            Result(ErrorCode.Endpoint, $"{context.Request.Path} takes {context.Response.Headers.Allow}; got {context.Request.Method}."),
        _ => null,
    };

    private static IResult Translate(Exception exception, ILogger logger)
    {
        switch (exception)
        {
            case IntakeFullException or ListsFullException:
                LogNoRoom(logger, exception);
                return Result(ErrorCode.ServiceUnreachable, exception.Message);
            case QueryTooSlowException:
                return Result(ErrorCode.InvalidRql, exception.Message);
            case StoreUnavailableException or CommitOutcomeUnknownException:
                LogUnavailable(logger, exception);
                return Result(ErrorCode.ServiceUnreachable, "The database cannot be reached now; try again in a moment.");
            case IssuerUnavailableException:
                return Result(ErrorCode.ServiceUnreachable, exception.Message);
            case CommandRefusedException refused:
                return Result(refused.Refusal);
            case BadHttpRequestException { StatusCode: 413 }:
                return Result(ErrorCode.DataTooLarge, "The body is too large. Send less data, or fewer tasks at once.");
            case BadHttpRequestException { StatusCode: 408 }:
                return Result(BodyLimits.TooSlow);
            case BadHttpRequestException bad:
                return Result(ErrorCode.BodyFormat, bad.Message);
            default:
                LogFault(logger, exception);
                return Result(ErrorCode.ServerException, "The server failed; its log says why.");
        }
    }

    [LoggerMessage(506, LogLevel.Warning, "A request was told to come back: there is no room for it now")]
    private static partial void LogNoRoom(ILogger logger, Exception exception);

    [LoggerMessage(501, LogLevel.Error, "A request failed: the database cannot be used now")]
    private static partial void LogUnavailable(ILogger logger, Exception exception);

    [LoggerMessage(502, LogLevel.Error, "A request failed unexpectedly")]
    private static partial void LogFault(ILogger logger, Exception exception);
}
