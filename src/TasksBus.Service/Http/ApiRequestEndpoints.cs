using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Query;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.Operations;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>The requests that API functions answered: <c>/tasks/v1/apiRequests</c>.</summary>
internal static class ApiRequestEndpoints
{
    public static void MapApiRequests(this IEndpointRouteBuilder app)
    {
        var requests = app.MapGroup("/tasks/v1/apiRequests").TakesPath<IdSchema>("requestId", "The API request's id.");
        requests.MapGet("/", ListAsync)
            .RequirePermission(Permissions.ViewApiFunctionRequests)
            .Describe(
                Tags.Execution, "listApiRequests", "List the requests that API functions answered, newest first",
                "The whole query string is RQL, as for tasks, on the properties that are shown here.")
            .WithQueryExample("eq(functionName,greet)&limit(2)")
            .Answers<ApiRequestPageSchema>("A page of requests.")
            .Refuses(ErrorCode.InvalidRql);
        requests.MapGet("/{requestId}/logs", LogsAsync)
            .RequirePermission(Permissions.ViewApiFunctionRequestLogs)
            .Describe(
                Tags.Execution, "listApiRequestLogs", "Read what the function of an API request printed",
                "By lines, 100 at most, from the time on that `ge(timestamp,...)` says. The header X-Lambda-Request-Id has Lambda's id "
                + "of the invocation.")
            .Answers<LogPageSchema>("The lines.")
            .Refuses(ErrorCode.IdFormat, ErrorCode.ResourceUnknown, ErrorCode.InvalidRql, ErrorCode.NoApiRequestLogsFound);
    }

    private static async Task<IResult> ListAsync(
        HttpRequest request, Caller caller, ApiRequestOperations requests, CancellationToken cancellationToken)
    {
        var query = RequestQuery.Read(request.QueryString, RqlSchema.ApiRequests);
        var page = await requests.ListAsync(caller, query, cancellationToken);
        return ApiAnswers.Page(query, page.Total, page.Requests, Write);
    }

    private static async Task<IResult> LogsAsync(
        string requestId, HttpRequest request, Caller caller, ApiRequestOperations requests, CancellationToken cancellationToken)
    {
        var (id, query) = (PathId.Read("request", requestId), LogQuery.Parse(request.QueryString));
        return LogPage.Of(
            await requests.LogAsync(caller, id, cancellationToken), query, ErrorCode.NoApiRequestLogsFound,
            "The function left no log of this request.");
    }

    private static void Write(Utf8JsonWriter writer, ApiRequest request)
    {
        writer.WriteStartObject();
        writer.WriteString("id"u8, request.Id.ToString());
        writer.WriteString("functionName"u8, request.FunctionName);
        writer.WriteString("method"u8, request.Method);
        writer.WriteString("path"u8, request.Path);
        writer.WriteOptional("userId"u8, request.UserId);
        writer.WriteOptional("applicationId"u8, request.ApplicationId);
        writer.WriteNumber("statusCode"u8, request.StatusCode);
        writer.WriteTime("timestamp"u8, request.Timestamp);
        writer.WriteNumber("duration"u8, request.Duration.TotalSeconds);
        writer.WriteError(request.Error);
        writer.WriteEndObject();
    }
}
