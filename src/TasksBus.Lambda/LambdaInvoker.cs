using System.Collections.ObjectModel;
using System.Diagnostics;
using TasksBus.Contracts;
using TasksBus.Functions;

namespace TasksBus.Lambda;

/// <summary>
/// Invokes functions over Lambda's HTTP API. An invocation is not idempotent, so nothing is sent twice. If it fails after its body was
/// handed to the connection, its outcome is unknown. If it fails before, the function was not run.
/// </summary>
internal sealed class LambdaInvoker : IFunctionInvoker
{
    // Lambda's limit for FunctionName, including a qualifier.
    private const int NameLimit = 170;

    private static readonly ReadOnlyDictionary<string, string> s_headers = new Dictionary<string, string>
    {
        ["Content-Type"] = "application/json",
        ["X-Amz-Invocation-Type"] = "RequestResponse",
        ["X-Amz-Log-Type"] = "Tail",
    }.AsReadOnly();

    /// <summary>An endpoint that does not know the last header answers as Lambda does.</summary>
    private static readonly ReadOnlyDictionary<string, string> s_localHeaders =
        new Dictionary<string, string>(s_headers) { [LambdaAnswers.WholeLog] = "body" }.AsReadOnly();

    private readonly LambdaOptions _options;
    private readonly TimeProvider _time;
    private readonly LambdaRequests _requests;
    private readonly FunctionGates _gates;

    /// <param name="options">Where to invoke functions, and with which credentials.</param>
    /// <param name="requests">Signs and sends requests. It is not disposed here, because others use it too.</param>
    /// <param name="time">The clock of all waits.</param>
    public LambdaInvoker(LambdaOptions options, LambdaRequests requests, TimeProvider time)
    {
        _options = options;
        _requests = requests;
        _time = time;
        _gates = new(options.MaxConcurrencyPerFunction, time);
    }

    public TimeSpan Margin => _options.ConnectTimeout + _options.AnswerMargin;

    public async Task<InvocationResult> InvokeAsync(FunctionInvocation invocation, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(invocation.TimeLimit, TimeSpan.Zero);
        var function = FunctionName.Parse(invocation.FunctionName);
        if (Refuse(invocation, function) is { } refusal)
        {
            return refusal;
        }

        if (_gates.TryEnter(function!.KeyFor(_requests.Account), out var pass) is { } closed)
        {
            return closed;
        }

        InvocationResult? result = null;
        try
        {
            return result = await SendAsync(
                invocation, new(function, _requests.Region, _requests.Endpoint, _requests.IsInAws),
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gates.Leave(pass, result);
        }
    }

    /// <summary>
    /// Signs an invocation and connects for it, but does not send it. Then it reads an invented answer. It ignores errors, because a task's
    /// own invocation will show them.
    /// </summary>
    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        FunctionInvocation invocation = new("warm-up", "{}"u8.ToArray(), TimeSpan.FromSeconds(1)) { MaySend = static () => false };
        LambdaTarget target = new(FunctionName.Parse(invocation.FunctionName)!, _requests.Region, _requests.Endpoint, _requests.IsInAws);
        await SendAsync(invocation, target, cancellationToken).ConfigureAwait(false);
        using var answer = new HttpResponseMessage { Content = new ReadOnlyMemoryContent(invocation.Payload) };
        await LambdaAnswers.ReadAsync(answer, target, _time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
    }

    private async Task<InvocationResult> SendAsync(FunctionInvocation invocation, LambdaTarget target, CancellationToken cancellationToken)
    {
        // One timer serves both waits: first until the request is on its way, and then, restarted, until the answer.
        using var timer = new CancellationTokenSource(_options.ConnectTimeout, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        using var content = new SendOnceContent(
            invocation.Payload, invocation.MaySend, onSending: () => timer.CancelAfter(invocation.TimeLimit + _options.AnswerMargin));
        string? requestId = null;
        try
        {
            var credentials = await _requests.ResolveCredentialsAsync(giveUp.Token).ConfigureAwait(false);
            using var request = _requests.Create(Call(invocation), credentials, content);
            using var response = await _requests.SendAsync(request, giveUp.Token).ConfigureAwait(false);
            requestId = LambdaAnswers.RequestId(response);
            var result = await LambdaAnswers.ReadAsync(response, target, _time.GetUtcNow(), giveUp.Token).ConfigureAwait(false);
            return LambdaErrors.BlamesSignature(result) && _requests.CorrectClock(request, response) is { } behind
                ? SignedAtTheWrongTime((InvocationResult.NotInvoked)result, behind)
                : result;
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
            return Interpret(failure, content.HandedOver, invocation) with { RequestId = requestId };
        }
    }

    private LambdaCall Call(FunctionInvocation invocation) => new(HttpMethod.Post, "/2015-03-31/functions/{FunctionName}/invocations")
    {
        PathParameters = new Dictionary<string, string> { ["FunctionName"] = invocation.FunctionName },
        Headers = HeadersOf(invocation, _requests.IsInAws ? s_headers : s_localHeaders),
        Body = invocation.Payload,
    };

    /// <summary>The headers of an invocation, with its trace in the form of X-Ray, which Lambda passes on to the function.</summary>
    private static IReadOnlyDictionary<string, string> HeadersOf(
        FunctionInvocation invocation, ReadOnlyDictionary<string, string> headers) =>
        !ActivityContext.TryParse(invocation.TraceParent, null, out var trace) ? headers
            : new Dictionary<string, string>(headers)
            {
                ["X-Amzn-Trace-Id"] = $"Root=1-{trace.TraceId.ToHexString()[..8]}-{trace.TraceId.ToHexString()[8..]};"
                    + $"Parent={trace.SpanId.ToHexString()};Sampled={(trace.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? 1 : 0)}",
            };

    private InvocationResult.NotInvoked? Refuse(FunctionInvocation invocation, FunctionName? function)
    {
        // A name of dots alone would change the path instead of naming a function.
        if (string.IsNullOrWhiteSpace(invocation.FunctionName) || invocation.FunctionName is "." or ".."
            || invocation.FunctionName.Length > NameLimit)
        {
            return new(
                "InvalidParameterValueException",
                $"The task's functionName must be the name or ARN of a function, at most {NameLimit} characters.");
        }

        if (function is null)
        {
            return new(
                "InvalidParameterValueException",
                $"The task's functionName '{invocation.FunctionName}' is no ARN of a function: "
                    + "arn:aws:lambda:REGION:ACCOUNT:function:NAME, with :QUALIFIER if need be.");
        }

        // An endpoint of AWS serves only its own region. Another region is not called instead, because only an operator may decide that
        // data leaves the region.
        if (_requests.IsInAws && function.Region is { } region && region != _requests.Region)
        {
            return new(
                "InvalidParameterValueException",
                $"The function's ARN is of region {region}, but this service invokes functions in {_requests.Region}. Correct the ARN, or "
                    + $"run the task on a worker with TasksBus:Lambda:Region={region}.");
        }

        return invocation.Payload.Length > LambdaAnswers.PayloadLimit
            ? new(
                "RequestTooLargeException",
                $"The event has {invocation.Payload.Length} bytes; Lambda takes at most 6 MB ({LambdaAnswers.PayloadLimit} bytes). Send "
                    + "less data, or store it elsewhere and send a reference.")
            : null;
    }

    private static InvocationResult.NotRunYet SignedAtTheWrongTime(InvocationResult.NotInvoked refused, TimeSpan behind) => new(
        refused.Name,
        ErrorText.Clean($"{refused.Message} {Explain(behind)}", ErrorText.MessageLimit),
        RequestId: refused.RequestId);

    private static string Explain(TimeSpan behind) => behind.Duration() < TimeSpan.FromMinutes(1)
        ? "The signature was too old when it arrived, or made before the clock was corrected; the invocation is signed anew."
        : $"This machine's clock is {behind.Duration():d\\.hh\\:mm\\:ss} {(behind > TimeSpan.Zero ? "behind" : "ahead of")} AWS's: set it "
            + "(NTP). Until then requests are signed with the corrected time.";

    private InvocationResult Interpret(Exception failure, bool handedOver, FunctionInvocation invocation)
    {
        // A connection that took too long also ends in a cancellation, by the handler itself.
        var late = failure is OperationCanceledException;
        return (handedOver, late) switch
        {
            (false, true) => new InvocationResult.NotRunYet(
                "ConnectTimeout", $"No connection to {_requests.Endpoint} was free within {_options.ConnectTimeout.TotalSeconds} s."),
            (false, false) => new InvocationResult.NotRunYet(
                "ConnectionFailed", ErrorText.Clean($"No connection to {_requests.Endpoint}: {Reason(failure)}", ErrorText.MessageLimit)),
            (true, true) => new InvocationResult.Unknown(
                "TimeLimitExceeded",
                $"No answer within the time limit of {invocation.TimeLimit.TotalSeconds} s. The function may still be running."),
            (true, false) => new InvocationResult.Unknown(
                "ConnectionLost",
                ErrorText.Clean(
                    $"The connection was lost before the whole answer arrived: {Reason(failure)} The function may have run.",
                    ErrorText.MessageLimit)),
        };

        // The socket's message is clearer than those of the layers above it.
        static string Reason(Exception failure) =>
            failure.GetBaseException().Message is var words && words.EndsWith('.') ? words : words + ".";
    }
}
