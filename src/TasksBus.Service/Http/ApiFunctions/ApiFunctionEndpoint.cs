using System.Text.Json;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>Requests that functions answer: <c>/tasks/v1/api/{name}</c> and everything below.</summary>
internal static class ApiFunctionEndpoint
{
    private const string Pattern = $"{RequestTarget.Prefix}{{name}}/{{**path}}";

    /// <summary>The type of faults in an answer. It is the third type of errors of API requests.</summary>
    private const string ResponseError = "response";

    private static readonly Refusal s_tooSlow = new(
        ErrorCode.ApiFunctionTimeLimit,
        $"The body did not arrive within {Execution.ApiFunctions.LongestTime.TotalSeconds:0} seconds, or too slowly.");

    private static readonly Refusal s_noWorkers = new(
        ErrorCode.NoPermission,
        "On this host functions may not have service workers. "
        + "TasksBus:FunctionsHost in the server's settings gives them a host name of their own.");

    private static readonly string[] s_methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Options, HttpMethods.Head];

    public static void MapApiFunctions(this IEndpointRouteBuilder app)
    {
        app.MapMethods(Pattern, s_methods, AnswerAsync)
            .RequireFunctionPermission(Permissions.ExecuteApiFunction)
            .WithMetadata(new ServedOnFunctionsHost())
            .Describe(
                Tags.Execution, "callApiFunction", "Call an API function",
                "The function gets the request as Amazon API Gateway hands it over, payload format 2.0, and answers { statusCode, "
                + "headers, body, isBase64Encoded }. "
                + "OPTIONS and HEAD are answered too. Its permissionMode may let in callers without the permission; it has 30 seconds, "
                + "and 6 MB each way.")
            .TakesPath<FunctionNameSchema>("name", "The function's name.")
            .TakesPath<RequestPathSchema>("path", "What the function gets as rawPath; it may be empty, and have slashes.")
            .Answers<AnythingSchema>("What the function answers, with any status from 200 to 499.")
            .Refuses(
                ErrorCode.ResourceUnknown, ErrorCode.DataTooLarge, ErrorCode.InvalidFunctionName, ErrorCode.LambdaInvocation,
                ErrorCode.LambdaRuntime, ErrorCode.InvalidApiFunctionResult, ErrorCode.ApiFunctionTimeLimit,
                ErrorCode.ConcurrentApiFunctionLimit);

        // A caller who may not call the function does not learn which methods it has.
        app.Map(Pattern, RefuseMethodAsync).RequireFunctionPermission(Permissions.ExecuteApiFunction)
            .WithMetadata(new ServedOnFunctionsHost()).ExcludeFromDescription();
    }

    private static Task RefuseMethodAsync(HttpContext context)
    {
        var methods = string.Join(", ", s_methods);
        context.Response.Headers.Allow = methods;
        return ApiErrors.Result(ErrorCode.Endpoint, $"A function answers {methods}; got {context.Request.Method}.").ExecuteAsync(context);
    }

    private static async Task AnswerAsync(
        HttpContext context, string name, Caller caller, Execution.ApiFunctions functions, ApiRequestRecorder recorder, FunctionPages pages,
        IOptions<TasksBusOptions> options, TimeProvider time)
    {
        var (target, at, started) = (RequestTarget.Of(context, name), time.GetUtcNow(), time.GetTimestamp());
        if (pages.Refuses(context.Request))
        {
            throw new CommandRefusedException(s_noWorkers);
        }

        ScheduleRules.Check(new() { FunctionName = name });
        functions.RequireRoom(name);
        ReadOnlyMemory<byte> payload;
        using (ArrivingBody body = new(
            functions.Bodies, name, Execution.ApiFunctions.LongestTime, context, time, functions.Full, s_tooSlow))
        {
            payload = await body.ReadAsync(() => GatewayRequest.ReadAsync(context.Request, caller, target, body));
            // A request takes a slot only once all of it has arrived. How fast it arrives is up to its caller.
            functions.Enter(name);
        }

        try
        {
            // From here on the request runs to its end, whether or not its caller waits.
            var run = await functions.InvokeAsync(name, payload);
            var (answer, fault) = run.Error is null ? GatewayAnswer.Read(run.Payload) : (null, null);
            var error = run.Error ?? (fault is null ? null : new TaskError(ResponseError, ErrorCode.InvalidApiFunctionResult.Name, fault));
            var code = answer is null ? CodeOf(error!, run.IsManaged) : null;
            recorder.Add(new(
                TaskId.New(time), name, context.Request.Method, target.Shown(options.Value.KeepQueryStrings), caller.UserId,
                caller.ApplicationId, answer?.StatusCode ?? code!.HttpStatus, at, time.GetElapsedTime(started), error, run.Log));
            if (answer is not null)
            {
                await answer.WriteAsync(context.Response, pages);
                return;
            }

            var isItsOwn = run.IsItsOwnError || error!.Type == ResponseError;
            var told = LambdaFailures.ToldTo(caller, error!, isItsOwn, Permissions.ViewApiFunctionRequests);
            await LambdaFailures.Result(code!, told).ExecuteAsync(context);
        }
        finally
        {
            functions.Leave(name);
        }
    }

    private static ErrorCode CodeOf(TaskError error, bool isManaged) =>
        error.Type == ResponseError ? ErrorCode.InvalidApiFunctionResult
        : error.Name == TaskErrorNames.TimeLimitExceeded ? ErrorCode.ApiFunctionTimeLimit
        : LambdaFailures.CodeOf(error, isManaged);
}
