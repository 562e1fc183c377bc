using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// The Invoke operation of Lambda's API (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). Whoever can
/// reach the port may invoke: it listens on loopback only, and signatures are not looked at.
/// </summary>
internal sealed class InvokeEndpoint(FunctionCatalog catalog, Invoker invoker, EventQueue events, ILogger functionLogger, ILogger logger)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/2015-03-31/functions/{name}/invocations", (RequestDelegate)InvokeAsync);
        routes.MapFallback((RequestDelegate)(context => LambdaError.UnknownOperation(context.Request.Path).WriteAsync(context.Response)));
    }

    private async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        var response = context.Response;
        var requestId = Guid.NewGuid().ToString();
        response.Headers["x-amzn-RequestId"] = requestId;

        var text = (string)request.RouteValues["name"]!;
        var name = FunctionName.Resolve(text, request.Query["Qualifier"]);
        if (name is null || catalog.Find(name) is not { } function)
        {
            await LambdaError.FunctionNotFound(text).WriteAsync(response).ConfigureAwait(false);
            return;
        }

        var (body, error) = await RequestBody.ReadAsync(request).ConfigureAwait(false);
        if (body is null)
        {
            await error!.WriteAsync(response).ConfigureAwait(false);
            return;
        }

        response.Headers["X-Amz-Executed-Version"] = FunctionName.Latest;
        switch (request.Headers["X-Amz-Invocation-Type"].ToString())
        {
            case "" or "RequestResponse":
                var wantsTail = request.Headers["X-Amz-Log-Type"] == "Tail";
                var log = new InvocationLog(requestId, function.Name, wantsTail, functionLogger);
                await AnswerAsync(response, function, new Invocation(requestId, body.Json, log)).ConfigureAwait(false);
                body.Dispose();
                break;
            case "Event":
                var eventLog = new InvocationLog(requestId, function.Name, wantsTail: false, functionLogger);
                if (events.TryAdd(function, new Invocation(requestId, body.Json, eventLog), body))
                {
                    response.StatusCode = StatusCodes.Status202Accepted;
                    break;
                }

                body.Dispose();
                await LambdaError.ServerThrottled().WriteAsync(response).ConfigureAwait(false);
                break;
            case "DryRun":
                body.Dispose();
                response.StatusCode = StatusCodes.Status204NoContent;
                break;
            case var other:
                body.Dispose();
                await LambdaError.InvalidInvocationType(other).WriteAsync(response).ConfigureAwait(false);
                break;
        }
    }

    private async Task AnswerAsync(HttpResponse response, Function function, Invocation invocation)
    {
        InvocationResult result;
        try
        {
            result = await invoker.InvokeAsync(function, invocation).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it is, the caller gets Lambda's answer for it, and the log the rest.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.ServerFailed(logger, function.Name, invocation.RequestId, exception);
            await LambdaError.ServerFailed(exception.Message).WriteAsync(response).ConfigureAwait(false);
            return;
        }

        using (result)
        {
            switch (result.Outcome)
            {
                case InvocationOutcome.FunctionThrottled:
                    await LambdaError.FunctionThrottled().WriteAsync(response).ConfigureAwait(false);
                    return;
                case InvocationOutcome.ServerThrottled:
                    await LambdaError.ServerThrottled().WriteAsync(response).ConfigureAwait(false);
                    return;
                case InvocationOutcome.FunctionFailed:
                    response.Headers["X-Amz-Function-Error"] = "Unhandled";
                    break;
            }

            if (invocation.Log.TailAsBase64() is { } tail)
            {
                response.Headers["X-Amz-Log-Result"] = tail;
            }

            response.ContentType = "application/json";
            response.ContentLength = result.Payload.Length;
            await response.Body.WriteAsync(result.Payload).ConfigureAwait(false);
        }
    }
}
