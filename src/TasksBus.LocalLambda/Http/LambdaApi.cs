using TasksBus.LocalLambda.Deployments;
using TasksBus.LocalLambda.Http.Signatures;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Http;

/// <summary>Carries out an operation. It disposes the body, and either answers or returns the error to answer with.</summary>
internal delegate Task<LambdaError?> Operation(HttpRequest request, HttpResponse response, BoundedBody body, string requestId);

/// <summary>
/// What all operations of the API share: a request id, signatures, bounded bodies and Lambda's form of errors. Without keys, whoever can
/// reach the port may do anything, except a page in a browser. The server then listens on loopback only and does not check signatures.
/// </summary>
internal sealed class LambdaApi(IEndpointRouteBuilder routes, SignatureCheck signatures, TimeProvider time, ILogger logger)
{
    private readonly UnprovenBodies _unproven = new(time);

    public void Map(string method, string pattern, BodyLimit limit, Operation operation) =>
        routes.MapMethods(pattern, [method], (RequestDelegate)(context => AnswerAsync(context, limit, operation)));

    /// <summary>Answers every other path and method.</summary>
    public void MapRest() => routes.MapFallback((RequestDelegate)(context => AnswerAsync(context, BodyLimit.Invoke, RefuseAsync)));

    /// <summary>Maps a request that carries its own proof that it is allowed.</summary>
    public void MapUnsigned(string pattern, Func<HttpRequest, HttpResponse, Task<LambdaError?>> operation) =>
        routes.MapGet(pattern, (RequestDelegate)(context => AnswerUnsignedAsync(context, operation)));

    private static Task<LambdaError?> RefuseAsync(HttpRequest request, HttpResponse response, BoundedBody body, string requestId)
    {
        body.Dispose();
        return Task.FromResult<LambdaError?>(LambdaError.UnknownOperation(request.Path));
    }

    private Task AnswerUnsignedAsync(HttpContext context, Func<HttpRequest, HttpResponse, Task<LambdaError?>> operation) =>
        GuardAsync(context, _ => operation(context.Request, context.Response));

    private Task AnswerAsync(HttpContext context, BodyLimit limit, Operation operation) => GuardAsync(context, async requestId =>
    {
        var (body, error) = await AdmitAsync(context.Request, limit).ConfigureAwait(false);
        return body is null ? error : await operation(context.Request, context.Response, body, requestId).ConfigureAwait(false);
    });

    private async Task GuardAsync(HttpContext context, Func<string, Task<LambdaError?>> operation)
    {
        var response = context.Response;
        var requestId = Guid.NewGuid().ToString();
        response.Headers["x-amzn-RequestId"] = requestId;
        try
        {
            if (await operation(requestId).ConfigureAwait(false) is { } error)
            {
                await error.WriteAsync(response).ConfigureAwait(false);
            }
        }
        catch (LambdaException exception)
        {
            await exception.Error.WriteAsync(response).ConfigureAwait(false);
        }
        catch (PackageException exception)
        {
            // The package belongs to a function that has run before.
            await LambdaError.InvalidPackage(exception.Message).WriteAsync(response).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not BadHttpRequestException && !response.HasStarted)
        {
            LocalLambdaLog.ServerFailed(logger, Printable.Of(context.Request.Path), requestId, exception);
            await LambdaError.ServerFailed(exception.Message).WriteAsync(response).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Returns the body, or the error to answer with. A caller without a key learns nothing about functions and cannot make the server read
    /// much.
    /// </summary>
    private async Task<(BoundedBody? Body, LambdaError? Error)> AdmitAsync(HttpRequest request, BodyLimit limit)
    {
        var (signer, error) = signatures.Examine(request);
        if (error is not null)
        {
            return (null, error);
        }

        using var room = signer is null or { IsProven: true } ? null : _unproven.Enter(request);
        (var body, error) = await BoundedBody.ReadAsync(request, limit, room).ConfigureAwait(false);
        if (body is not null && signer is not null && signatures.Verify(signer, request, body.Bytes) is { } refusal)
        {
            body.Dispose();
            return (null, refusal);
        }

        return (body, error);
    }
}
