using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Http.Signatures;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// The Invoke operation of Lambda's API (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html). Whoever can
/// reach the port may invoke where no keys are configured; it then listens on loopback only, and signatures are not looked at.
/// </summary>
internal sealed class InvokeEndpoint(
    SignatureCheck signatures, FunctionCatalog catalog, Invoker invoker, EventQueue events, ILogger functionLogger, ILogger logger)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/2015-03-31/functions/{name}/invocations", (RequestDelegate)(context => AnswerAsync(context, InvokeAsync)));
        routes.MapFallback((RequestDelegate)(context => AnswerAsync(context, RefuseAsync)));
    }

    /// <summary>What is asked for. It disposes the body, and answers or says what to answer.</summary>
    private delegate Task<LambdaError?> Operation(HttpRequest request, HttpResponse response, RequestBody body, string requestId);

    private static Task<LambdaError?> RefuseAsync(HttpRequest request, HttpResponse response, RequestBody body, string requestId)
    {
        body.Dispose();
        return Task.FromResult<LambdaError?>(LambdaError.UnknownOperation(request.Path));
    }

    private async Task AnswerAsync(HttpContext context, Operation operation)
    {
        var response = context.Response;
        var requestId = Guid.NewGuid().ToString();
        response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            var (body, error) = await AdmitAsync(context.Request).ConfigureAwait(false);
            if (body is not null)
            {
                error = await operation(context.Request, response, body, requestId).ConfigureAwait(false);
            }

            if (error is not null)
            {
                await error.WriteAsync(response).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is not BadHttpRequestException && !response.HasStarted)
        {
            Log.ServerFailed(logger, context.Request.Path, requestId, exception);
            await LambdaError.ServerFailed(exception.Message).WriteAsync(response).ConfigureAwait(false);
        }
    }

    /// <summary>The body, or the error to answer with. Who has no key learns nothing about functions, and cannot make the server read much.</summary>
    private async Task<(RequestBody? Body, LambdaError? Error)> AdmitAsync(HttpRequest request)
    {
        var (signer, error) = signatures.Examine(request);
        if (error is not null)
        {
            return (null, error);
        }

        (var body, error) = await RequestBody.ReadAsync(request).ConfigureAwait(false);
        if (body is not null && signer is not null && signatures.Verify(signer, request, body.Bytes) is { } refusal)
        {
            body.Dispose();
            return (null, refusal);
        }

        return (body, error);
    }

    private async Task<LambdaError?> InvokeAsync(HttpRequest request, HttpResponse response, RequestBody body, string requestId)
    {
        var isPassedOn = false;
        try
        {
            var text = (string)request.RouteValues["name"]!;
            var name = FunctionName.Resolve(text, request.Query["Qualifier"]);
            if (name is null || catalog.Find(name) is not { } function)
            {
                return LambdaError.FunctionNotFound(text);
            }

            if (body.CheckJson() is { } error)
            {
                return error;
            }

            switch (request.Headers["X-Amz-Invocation-Type"].ToString())
            {
                case "" or "RequestResponse":
                    var wantsTail = request.Headers["X-Amz-Log-Type"] == "Tail";
                    var log = new InvocationLog(requestId, function.Name, wantsTail, functionLogger);
                    var invocation = new Invocation(requestId, body.Json, log);
                    using (var result = await invoker.InvokeAsync(function, invocation).ConfigureAwait(false))
                    {
                        return await WriteAsync(response, result, log).ConfigureAwait(false);
                    }

                case "Event":
                    var eventLog = new InvocationLog(requestId, function.Name, wantsTail: false, functionLogger);
                    isPassedOn = events.TryAdd(function, new Invocation(requestId, body.Json, eventLog), body);
                    response.StatusCode = StatusCodes.Status202Accepted;
                    return isPassedOn ? null : LambdaError.ServerThrottled();

                case "DryRun":
                    response.StatusCode = StatusCodes.Status204NoContent;
                    return null;

                case var other:
                    return LambdaError.InvalidInvocationType(other);
            }
        }
        finally
        {
            if (!isPassedOn)
            {
                body.Dispose();
            }
        }
    }

    private static async Task<LambdaError?> WriteAsync(HttpResponse response, InvocationResult result, InvocationLog log)
    {
        switch (result.Outcome)
        {
            case InvocationOutcome.FunctionThrottled:
                return LambdaError.FunctionThrottled();
            case InvocationOutcome.ServerThrottled:
                return LambdaError.ServerThrottled();
            case InvocationOutcome.FunctionFailed:
                response.Headers["X-Amz-Function-Error"] = "Unhandled";
                break;
        }

        response.Headers["X-Amz-Executed-Version"] = FunctionName.Latest;
        if (log.TailAsBase64() is { } tail)
        {
            response.Headers["X-Amz-Log-Result"] = tail;
        }

        response.ContentType = "application/json";
        response.ContentLength = result.Payload.Length;
        await response.Body.WriteAsync(result.Payload).ConfigureAwait(false);
        return null;
    }
}
