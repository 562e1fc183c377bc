using System.Globalization;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Http;

/// <summary>
/// The Invoke operation of Lambda's API (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
/// </summary>
internal sealed class InvokeEndpoint(FunctionCatalog catalog, Invoker invoker, EventQueue events, ILogger functionLogger)
{
    /// <summary>
    /// A header that Lambda does not have. With the value <c>body</c> the caller gets the whole log after the answer; Lambda returns only
    /// its end.
    /// </summary>
    private const string WholeLog = "X-TasksBus-Log";

    /// <summary>How many bytes at the end of the body are the log.</summary>
    private const string WholeLogLength = "X-TasksBus-Log-Length";

    public void Map(LambdaApi api) => api.Map("POST", "/2015-03-31/functions/{name}/invocations", BodyLimit.Invoke, InvokeAsync);

    /// <summary>The trace that the caller names. One that is none of X-Ray's is left out.</summary>
    private static string TraceOf(HttpRequest request) =>
        request.Headers["X-Amzn-Trace-Id"].ToString() is { Length: <= 255 } trace && trace.All(static letter => letter is > ' ' and <= '~')
            ? trace : "";

    private async Task<LambdaError?> InvokeAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        var isPassedOn = false;
        try
        {
            var text = (string)request.RouteValues["name"]!;
            var name = LocalFunctionName.Resolve(text, request.Query["Qualifier"]);
            if (name is null || catalog.Find(name) is not { } function)
            {
                return WishOf(request) == LogWish.Whole
                    ? LambdaError.NoLocalFunction(name, text)
                    : LambdaError.FunctionNotFound(name is null ? text : LocalFunctionName.Arn(name));
            }

            if (body.CheckJson() is { } error)
            {
                return error;
            }

            switch (request.Headers["X-Amz-Invocation-Type"].ToString())
            {
                case "" or "RequestResponse":
                    var log = new InvocationLog(requestId, function.Name, WishOf(request), functionLogger);
                    var invocation = new Invocation(requestId, body.Json, log) { TraceId = TraceOf(request) };
                    using (var result = await RunAsync(function, invocation).ConfigureAwait(false))
                    {
                        return await WriteAsync(response, result, log).ConfigureAwait(false);
                    }

                case "Event":
                    var eventLog = new InvocationLog(requestId, function.Name, LogWish.None, functionLogger);
                    isPassedOn = events.TryAdd(
                        function.Name, new Invocation(requestId, body.Json, eventLog) { TraceId = TraceOf(request) }, body);
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

    private static LogWish WishOf(HttpRequest request) =>
        request.Headers[WholeLog] == "body" ? LogWish.Whole
        : request.Headers["X-Amz-Log-Type"] == "Tail" ? LogWish.Tail
        : LogWish.None;

    private async Task<InvocationReply> RunAsync(Function function, Invocation invocation)
    {
        while (true)
        {
            if (await invoker.InvokeAsync(function, invocation).ConfigureAwait(false) is { } result)
            {
                return result;
            }

            // The function was updated or deleted at this very moment.
            function = catalog.Find(function.Name)
                ?? throw new LambdaException(LambdaError.FunctionNotFound(LocalFunctionName.Arn(function.Name)));
        }
    }

    private static async Task<LambdaError?> WriteAsync(HttpResponse response, InvocationReply result, InvocationLog log)
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

        response.Headers["X-Amz-Executed-Version"] = LocalFunctionName.Latest;
        if (log.TailAsBase64() is { } tail)
        {
            response.Headers["X-Amz-Log-Result"] = tail;
        }

        var whole = log.Whole() ?? [];
        if (whole.Length > 0)
        {
            response.Headers[WholeLogLength] = whole.Length.ToString(CultureInfo.InvariantCulture);
        }

        response.ContentType = "application/json";
        response.ContentLength = result.Payload.Length + whole.Length;
        await response.Body.WriteAsync(result.Payload).ConfigureAwait(false);
        await response.Body.WriteAsync(whole).ConfigureAwait(false);
        return null;
    }
}
