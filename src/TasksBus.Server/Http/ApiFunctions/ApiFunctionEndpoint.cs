using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Scheduling;
using TasksBus.Server.Http.Authentication;
using TasksBus.Server.OpenApi;
using TasksBus.Storage;

namespace TasksBus.Server.Http.ApiFunctions;

/// <summary>Requests that functions answer: <c>/tasks/v1/api/{name}</c> and all below.</summary>
internal static class ApiFunctionEndpoint
{
    /// <summary>What went wrong with an answer: the third kind of errors that API requests have.</summary>
    private const string ResponseError = "response";

    private static readonly HashSet<string> s_methods =
        [HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete, HttpMethods.Options, HttpMethods.Head];

    public static void MapApiFunctions(this IEndpointRouteBuilder app) =>
        app.Map($"{RequestTarget.Prefix}{{name}}/{{**path}}", AnswerAsync).RequireFunctionPermission(Permissions.ExecuteApiFunction)
            // Those that have a body to describe. All methods come here, so that a wrong one is told which are right.
            .WithMetadata(new DescribedMethods(HttpMethods.Get, HttpMethods.Post, HttpMethods.Put, HttpMethods.Patch, HttpMethods.Delete));

    private static async Task AnswerAsync(HttpContext context, string name, Caller caller, Execution.ApiFunctions functions, ApiRequestRecorder recorder, TimeProvider time)
    {
        if (!s_methods.Contains(context.Request.Method))
        {
            context.Response.Headers.Allow = string.Join(", ", s_methods);
            await ApiErrors.Result(ErrorCode.Endpoint, $"A function answers {string.Join(", ", s_methods)}; got {context.Request.Method}.").ExecuteAsync(context);
            return;
        }

        if ((ScheduleRules.Check(new() { FunctionName = name }) ?? functions.Enter(name)) is { } refusal)
        {
            await ApiErrors.Result(refusal).ExecuteAsync(context);
            return;
        }

        try
        {
            await CallAsync(context, name, caller, functions, recorder, time);
        }
        finally
        {
            functions.Leave();
        }
    }

    private static async Task CallAsync(HttpContext context, string name, Caller caller, Execution.ApiFunctions functions, ApiRequestRecorder recorder, TimeProvider time)
    {
        var (target, at, started) = (RequestTarget.Of(context, name), time.GetUtcNow(), time.GetTimestamp());
        var (payload, refusal) = await ReadAsync(context, caller, target, time);
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        if (refusal is not null)
        {
            await ApiErrors.Result(refusal).ExecuteAsync(context);
            return;
        }

        // From here on the request runs to its end, whether or not its caller waits.
        var run = await functions.InvokeAsync(name, payload);
        var (answer, fault) = run.Error is null ? GatewayAnswer.Read(run.Payload) : (null, null);
        var error = run.Error ?? (fault is null ? null : new TaskError(ResponseError, ErrorCode.InvalidApiFunctionResult.Name, fault));
        var code = answer is null ? CodeOf(error!, run.IsManaged) : null;
        recorder.Add(new(
            TaskId.New(time), name, context.Request.Method, target.Shown, caller.UserId, caller.ApplicationId, answer?.StatusCode ?? code!.HttpStatus, at,
            time.GetElapsedTime(started), error, run.Log));
        await (answer?.WriteAsync(context.Response) ?? Failure(code!, error!).ExecuteAsync(context));
    }

    /// <summary>The request as the function gets it, or why it cannot get it. Its body has as long to arrive as a function to answer.</summary>
    private static async Task<(ReadOnlyMemory<byte> Payload, Refusal? Refusal)> ReadAsync(HttpContext context, Caller caller, RequestTarget target, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(Execution.ApiFunctions.LongestTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, context.RequestAborted);
        try
        {
            return await GatewayRequest.ReadAsync(context.Request, caller, target, either.Token) is { } payload ? (payload, null)
                : (default, new(ErrorCode.DataTooLarge, $"The request is larger than {GatewayRequest.MaxBytes} bytes as Lambda gets it, where a body that is no text grows by a third. Send less."));
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return (default, new(ErrorCode.ApiFunctionTimeLimit, $"The body did not arrive within {Execution.ApiFunctions.LongestTime.TotalSeconds:0} seconds."));
        }
    }

    private static ErrorCode CodeOf(TaskError error, bool isManaged) =>
        error.Type == ResponseError ? ErrorCode.InvalidApiFunctionResult
        : error.Name == TaskErrorNames.TimeLimitExceeded ? ErrorCode.ApiFunctionTimeLimit
        : LambdaFailures.CodeOf(error, isManaged);

    private static IResult Failure(ErrorCode code, TaskError error) =>
        code == ErrorCode.LambdaRuntime
            ? Results.Json(new { code = code.Code, name = code.Name, message = $"The function failed: {error.Name}: {error.Message}", runtimeError = new { error.Name, error.Message } },
                ApiAnswers.Options, statusCode: code.HttpStatus)
            : ApiErrors.Result(code, error.Type == TaskErrorTypes.Invocation ? $"The function could not be invoked: {error.Name}: {error.Message}" : error.Message);
}
