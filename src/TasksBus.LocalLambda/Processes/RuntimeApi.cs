using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using TasksBus.LocalLambda.Functions;
using TasksBus.LocalLambda.Http;
using TasksBus.LocalLambda.Invocations;

namespace TasksBus.LocalLambda.Processes;

/// <summary>
/// Lambda's Runtime API for one process (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html). It is HTTP on a loopback address
/// and port of its own. On Linux only processes of the function's user may connect to it.
/// </summary>
internal sealed class RuntimeApi : Conversation, IHttpApplication<IFeatureCollection>
{
    private const string Invocations = "/2018-06-01/runtime/invocation/";
    private const string InitError = "/2018-06-01/runtime/init/error";
    private readonly KestrelServer _server;
    private readonly string _functionArn;
    private readonly TaskCompletionSource<Message> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Channel<Pending> _next = Channel.CreateUnbounded<Pending>();
    private volatile Pending? _current;

    private RuntimeApi(KestrelServer server, Function function) => (_server, _functionArn) = (server, LocalFunctionName.Arn(function.Name));

    /// <summary>The value of AWS_LAMBDA_RUNTIME_API: host and port.</summary>
    public string Address { get; private set; } = "";

    public override bool MarksLog => false;

    /// <param name="function">The function that the process runs.</param>
    /// <param name="userId">The user whose connections are accepted.</param>
    public static async Task<RuntimeApi> ListenAsync(Function function, int userId)
    {
        var options = new KestrelServerOptions { AddServerHeader = false };
        options.Limits.MaxRequestBodySize = null;
        options.Limits.MinRequestBodyDataRate = null;
        options.Limits.MinResponseDataRate = null;
        options.Limits.KeepAliveTimeout = TimeSpan.FromHours(24);
        options.Listen(new IPEndPoint(LoopbackPeer.RandomAddress(), 0), listen => listen.Use(next => async connection =>
        {
            if (await LoopbackPeer.IsOfAsync(userId, connection.RemoteEndPoint, connection.LocalEndPoint).ConfigureAwait(false))
            {
                await next(connection).ConfigureAwait(false);
            }
            else
            {
                connection.Abort();
            }
        }));
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var server = new KestrelServer(Options.Create(options), transport, NullLoggerFactory.Instance);
        var api = new RuntimeApi(server, function);
        await server.StartAsync(api, CancellationToken.None).ConfigureAwait(false);
        api.Address = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()).Authority;
        return api;
    }

    public override async Task<Message> BeginAsync(Task exited)
    {
        await Task.WhenAny(_begun.Task, exited).ConfigureAwait(false);
        return _begun.Task.IsCompleted ? await _begun.Task.ConfigureAwait(false) : Message.Ended;
    }

    public override async ValueTask<Message> AskAsync(Invocation invocation, double deadline, Task exited)
    {
        var pending = new Pending(invocation, deadline);
        _current = pending;
        _next.Writer.TryWrite(pending);
        await Task.WhenAny(pending.Answer.Task, exited).ConfigureAwait(false);
        _current = null;
        return pending.Answer.Task.IsCompleted ? await pending.Answer.Task.ConfigureAwait(false) : Message.Ended;
    }

    public override void Dispose() => _server.Dispose();

    IFeatureCollection IHttpApplication<IFeatureCollection>.CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    void IHttpApplication<IFeatureCollection>.DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    async Task IHttpApplication<IFeatureCollection>.ProcessRequestAsync(IFeatureCollection context)
    {
        var http = new DefaultHttpContext(context);
        try
        {
            await AnswerAsync(http).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The process has closed its connection, most likely by ending.
        }
    }

    private Task AnswerAsync(HttpContext http)
    {
        // A browser may run as the function's user, and a page could send requests.
        if (BrowserRequests.Refusal(http.Request) is { } refusal)
        {
            return WriteAsync(http.Response, refusal.Status, refusal.Type, refusal.Message);
        }

        var path = http.Request.Path.Value ?? "";
        if (http.Request.Method == "GET" && path == Invocations + "next")
        {
            return GiveNextAsync(http);
        }

        if (http.Request.Method != "POST")
        {
            return WriteAsync(http.Response, 404, "NotFound", $"There is no {http.Request.Method} {path} in the Runtime API");
        }

        if (path == InitError)
        {
            return TakeInitErrorAsync(http);
        }

        var current = _current;
        return current is null ? WriteAsync(http.Response, 400, "InvalidRequestID", "Invalid request ID: no invocation is running")
            : path == $"{Invocations}{current.Invocation.RequestId}/response" ? TakeAsync(http, current, MessageKind.Result)
            : path == $"{Invocations}{current.Invocation.RequestId}/error" ? TakeAsync(http, current, MessageKind.Failed)
            : WriteAsync(http.Response, 400, "InvalidRequestID", "Invalid request ID");
    }

    private async Task GiveNextAsync(HttpContext http)
    {
        _begun.TrySetResult(Message.Rent(MessageKind.Ready, 0, 0));
        var pending = await _next.Reader.ReadAsync(http.RequestAborted).ConfigureAwait(false);
        var headers = http.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = pending.Invocation.RequestId;
        headers["Lambda-Runtime-Deadline-Ms"] = ((long)pending.Deadline).ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = _functionArn;
        if (pending.Invocation.TraceId.Length > 0)
        {
            headers["Lambda-Runtime-Trace-Id"] = pending.Invocation.TraceId;
        }

        http.Response.ContentType = "application/json";
        http.Response.ContentLength = pending.Invocation.Event.Length;
        await http.Response.Body.WriteAsync(pending.Invocation.Event, http.RequestAborted).ConfigureAwait(false);
    }

    private static async Task TakeAsync(HttpContext http, Pending pending, MessageKind kind)
    {
        var body = await ReadAsync(http, kind).ConfigureAwait(false);
        if (body is null)
        {
            await WriteAsync(http.Response, 413, "RequestEntityTooLarge", FunctionError.TooLargeText).ConfigureAwait(false);
            pending.Answer.TrySetResult(Copy(MessageKind.Failed, FunctionError.TooLarge()));
            return;
        }

        // Answers the process first. What it writes after its answer is not waited for.
        await WriteOkAsync(http.Response).ConfigureAwait(false);
        if (!pending.Answer.TrySetResult(body.Value))
        {
            body.Value.Dispose();
        }
    }

    private async Task TakeInitErrorAsync(HttpContext http)
    {
        var body = await ReadAsync(http, MessageKind.InitFailed).ConfigureAwait(false)
            ?? Copy(MessageKind.InitFailed, FunctionError.TooLarge());
        await WriteOkAsync(http.Response).ConfigureAwait(false);
        _begun.TrySetResult(body);
    }

    /// <summary>
    /// Returns null when the body is larger than Lambda accepts. An error that is not an error object is replaced by one.
    /// </summary>
    private static async Task<Message?> ReadAsync(HttpContext http, MessageKind kind)
    {
        var (body, error) = await BoundedBody.ReadAsync(http.Request, BodyLimit.Invoke).ConfigureAwait(false);
        using (body)
        {
            return error is not null ? null
                : kind == MessageKind.Result || IsObject(body!) ? Copy(kind, body!.Bytes)
                : Copy(kind, FunctionError.Of(http.Request.Headers["Lambda-Runtime-Function-Error-Type"]));
        }
    }

    private static bool IsObject(BoundedBody body) => body.CheckJson() is null && body.Json.Span.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];

    private static Message Copy(MessageKind kind, ReadOnlySpan<byte> body)
    {
        var message = Message.Rent(kind, body.Length, 0);
        body.CopyTo(message.Rented);
        return message;
    }

    private static Task WriteOkAsync(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status202Accepted;
        return WriteAsync(response, """{"status":"OK"}"""u8.ToArray());
    }

    private static Task WriteAsync(HttpResponse response, int status, string type, string message)
    {
        response.StatusCode = status;
        return WriteAsync(response, JsonSerializer.SerializeToUtf8Bytes(new { errorType = type, errorMessage = message }));
    }

    private static async Task WriteAsync(HttpResponse response, byte[] json)
    {
        response.ContentType = "application/json";
        response.ContentLength = json.Length;
        await response.Body.WriteAsync(json).ConfigureAwait(false);
        await response.CompleteAsync().ConfigureAwait(false);
    }

    private sealed record Pending(Invocation Invocation, double Deadline)
    {
        public TaskCompletionSource<Message> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
