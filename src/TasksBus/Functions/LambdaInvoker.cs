using System.Net.Sockets;
using Amazon.Runtime;

namespace TasksBus.Functions;

/// <summary>
/// Invokes functions over Lambda's HTTP API. An invocation is not idempotent, so whatever fails after its body was
/// handed to the connection is unknown, whatever fails before was not run, and nothing is sent twice.
/// </summary>
internal sealed class LambdaInvoker : IFunctionInvoker, IDisposable
{
    // Lambda's limit for FunctionName, with a qualifier.
    private const int NameLimit = 170;

    private readonly LambdaOptions _options;
    private readonly TimeProvider _time;
    private readonly LambdaRequests _requests;
    private readonly HttpMessageInvoker _http;

    public LambdaInvoker(LambdaOptions options, TimeProvider time)
    {
        _options = options;
        _time = time;
        _requests = new LambdaRequests(options);
        // No HttpClient: its own timeout and buffering would only be in the way.
        _http = new HttpMessageInvoker(CreateHandler(options, _requests.Endpoint));
    }

    public void Dispose()
    {
        _http.Dispose();
        _requests.Dispose();
    }

    public async Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(invocation.TimeLimit, TimeSpan.Zero);
        if (Refuse(invocation) is { } refusal)
        {
            return refusal;
        }

        // One timer for both waits: first for the request to be on its way, then, started anew, for the answer.
        using var timer = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        using var content = new SendOnceContent(
            invocation.Payload, invocation.MaySend, onSending: () => timer.CancelAfter(invocation.TimeLimit + _options.AnswerMargin));
        try
        {
            var credentials = await ResolveCredentialsAsync(giveUp.Token, cancellationToken).ConfigureAwait(false);
            using var request = _requests.Create(invocation, credentials, content);
            using var response = await _http.SendAsync(request, giveUp.Token).ConfigureAwait(false);
            return await LambdaAnswers.ReadAsync(response, _time.GetUtcNow(), giveUp.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && content.HandedOver)
        {
            throw;
        }
        catch (Exception) when (content.Withheld)
        {
            return new InvocationResult.NotRunYet("Withheld", "The invocation could not be sent in time, so it was not sent.");
        }
        catch (CredentialsUnavailableException unavailable)
        {
            return new InvocationResult.NotRunYet("CredentialsUnavailable", ErrorText.Clean(unavailable.Message, ErrorText.MessageLimit));
        }
        catch (Exception failure) when (failure is OperationCanceledException or HttpRequestException or IOException)
        {
            return Interpret(failure, content.HandedOver, invocation);
        }
    }

    private static InvocationResult.NotInvoked? Refuse(FunctionInvocation invocation) =>
        // Dots alone would change the path instead of naming a function.
        string.IsNullOrWhiteSpace(invocation.FunctionName) || invocation.FunctionName is "." or ".." || invocation.FunctionName.Length > NameLimit
            ? new InvocationResult.NotInvoked(
                "InvalidParameterValueException", $"The task's functionName must be the name or ARN of a function, at most {NameLimit} characters.")
            : invocation.Payload.Length > LambdaAnswers.PayloadLimit
                ? new InvocationResult.NotInvoked(
                    "RequestTooLargeException",
                    $"The event has {invocation.Payload.Length} bytes; Lambda takes at most 6 MB ({LambdaAnswers.PayloadLimit} bytes). Send less data, or store it elsewhere and send a reference.")
                : null;

    private InvocationResult Interpret(Exception failure, bool handedOver, FunctionInvocation invocation)
    {
        // A connection that took too long also ends in a cancellation, the handler's own.
        var late = failure is OperationCanceledException;
        return (handedOver, late) switch
        {
            (false, true) => new InvocationResult.NotRunYet(
                "ConnectTimeout", $"No connection to {_requests.Endpoint} was free within {_options.ConnectTimeout.TotalSeconds} s."),
            (false, false) => new InvocationResult.NotRunYet(
                "ConnectionFailed", ErrorText.Clean($"No connection to {_requests.Endpoint}: {Reason(failure)}", ErrorText.MessageLimit)),
            (true, true) => new InvocationResult.Unknown(
                "TimeLimitExceeded", $"No answer within the time limit of {invocation.TimeLimit.TotalSeconds} s. The function may still be running."),
            (true, false) => new InvocationResult.Unknown(
                "ConnectionLost", ErrorText.Clean($"The connection was lost before the whole answer arrived: {Reason(failure)} The function may have run.", ErrorText.MessageLimit)),
        };

        // What the socket says is clearer than what the layers above make of it.
        static string Reason(Exception failure) => failure.GetBaseException().Message is var words && words.EndsWith('.') ? words : words + ".";
    }

    private async Task<ImmutableCredentials> ResolveCredentialsAsync(CancellationToken giveUp, CancellationToken caller)
    {
        try
        {
            return await _requests.ResolveCredentialsAsync(giveUp).ConfigureAwait(false);
        }
        catch (Exception failure) when (!caller.IsCancellationRequested)
        {
            // Files, processes, HTTP and single sign-on stand behind the chain: what it throws has no common type.
            throw new CredentialsUnavailableException(
                "No AWS credentials: set AccessKey and SecretKey, or mend the source that the AWS credential chain uses. " + failure.Message, failure);
        }
    }

    private static SocketsHttpHandler CreateHandler(LambdaOptions options, Uri endpoint) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = !endpoint.IsLoopback,
        ConnectTimeout = options.ConnectTimeout,
        MaxConnectionsPerServer = options.MaxConnections,
        // Shorter than a server waits for the next request (AWS and load balancers: a minute or more), so that a request is not
        // written to a connection that is just being closed: its outcome would be unknown.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(20),
        // So that a change in DNS is followed.
        PooledConnectionLifetime = TimeSpan.FromMinutes(10),
        ConnectCallback = ConnectAsync,
    };

    /// <summary>
    /// A connection is silent for as long as its function runs, while NAT gateways forget silent connections after some
    /// minutes: TCP keep-alive keeps it known, and notices a dead peer.
    /// </summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 15);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 4);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class CredentialsUnavailableException(string message, Exception inner) : Exception(message, inner);
}
