using System.Text.Json;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Functions;
using TasksBus.Service.Http.Authentication;
using TasksBus.Service.OpenApi;
using TasksBus.Service.OpenApi.Schemas;
using TasksBus.Storage;

namespace TasksBus.Service.Http;

/// <summary>Direct execution: <c>/tasks/v1/functions/{name}/execute</c>.</summary>
internal static class ExecuteEndpoint
{
    public static void MapExecute(this IEndpointRouteBuilder app) =>
        app.MapPost("/tasks/v1/functions/{name}/execute", ExecuteAsync)
            .RequireFunctionPermission(Permissions.ExecuteTaskFunction)
            .Describe(
                Tags.Execution, "executeFunction", "Execute a function and answer what it returned",
                "A task is made, at once in progress, and never retried. The function may have at most 30 seconds. "
                + "Its permissionMode may let in callers without the permission.")
            .TakesPath<FunctionNameSchema>("name", "The function's name.")
            .MayTakeBody<ExecutionSchema>(("world", """{"data":{"name":"world"}}"""))
            .Answers<ExecutedTaskSchema>("The finished task, with its result.")
            .Refuses(
                ErrorCode.ResourceUnknown, ErrorCode.FieldFormat, ErrorCode.BodyFormat, ErrorCode.DataTooLarge,
                ErrorCode.InvalidFunctionName, ErrorCode.ConcurrentExecutionLimit, ErrorCode.TimeLimitExceedsDirectExecutionMaximum,
                ErrorCode.LambdaInvocation, ErrorCode.LambdaRuntime);

    /// <summary>A run that has begun continues when its caller leaves, so nothing here observes that.</summary>
    private static async Task<IResult> ExecuteAsync(
        string name, HttpRequest request, Caller caller, DirectExecution execution, IFunctionPolicyStore store, BodyFields fields,
        TimeProvider time)
    {
        execution.RequireRoom(name);
        ReadOnlyMemory<byte> bytes;
        using (ArrivingBody body = new(
            execution.Bodies, name, DirectExecution.LongestTime, request.HttpContext, time, execution.Full, BodyLimits.TooSlow))
        {
            bytes = await body.ReadAsync(() => RequestBody.ReceiveAsync(request, body));
        }

        // The body is parsed once there is a slot, because that takes many times its size.
        var run = await execution.ExecuteAsync(name, () => RequestBody.ToDirect(bytes, name, fields), caller.UserId, caller.ApplicationId);
        return run.Task.Status == TaskStates.Complete && run.Result is InvocationResult.Succeeded done
            ? new Finished(run.Task, JsonOf(done.Payload))
            : Failed(run, caller, isManaged: store.Functions.Contains(name));
    }

    private static IResult Failed(DirectRun run, Caller caller, bool isManaged)
    {
        var error = run.Task.Error!;
        var told = LambdaFailures.ToldTo(caller, error, run.Result is InvocationResult.FunctionFailed, Permissions.ViewTasks);
        return LambdaFailures.Result(LambdaFailures.CodeOf(error, isManaged), told, run.Task.Id.ToString());
    }

    /// <summary>By Lambda's contract a function returns JSON. A text that is not JSON is answered as a string.</summary>
    private static ReadOnlyMemory<byte> JsonOf(ReadOnlyMemory<byte> payload)
    {
        try
        {
            var reader = new Utf8JsonReader(payload.Span, JsonInput.Result);
            var isAny = false;
            while (reader.Read())
            {
                isAny = true;
            }

            return isAny ? payload : "null"u8.ToArray();
        }
        catch (JsonException)
        {
            return payload.IsEmpty ? "null"u8.ToArray()
                : JsonSerializer.SerializeToUtf8Bytes(System.Text.Encoding.UTF8.GetString(payload.Span));
        }
    }

    /// <summary>The task with the function's result, which is sent unchanged.</summary>
    private sealed class Finished(TaskRecord task, ReadOnlyMemory<byte> result) : IResult
    {
        private static readonly byte[] s_between = [.. ",\"result\":"u8];
        private static readonly byte[] s_end = [.. "}"u8];

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var (response, json) = (httpContext.Response, TaskJson.ToBytes(task));
            var head = json.AsMemory(0, json.Length - s_end.Length);
            response.ContentType = ApiAnswers.ContentType;
            response.ContentLength = head.Length + s_between.Length + result.Length + s_end.Length;
            foreach (var part in new[] { head, s_between, result, s_end })
            {
                await response.Body.WriteAsync(part);
            }
        }
    }
}
