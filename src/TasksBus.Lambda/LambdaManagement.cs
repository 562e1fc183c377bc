using System.Text.Json;
using TasksBus.Functions.Management;

namespace TasksBus.Lambda;

/// <summary>
/// Manages functions over Lambda's HTTP API. Calls that may be sent twice are sent again when Lambda is busy or fails. A create that may
/// have arrived is looked up by its marker before it is sent again.
/// </summary>
internal sealed class LambdaManagement(LambdaOptions options, LambdaRequests requests, TimeProvider time) : IFunctionManagement
{
    private const string Functions = "/2015-03-31/functions";
    private const string Function = Functions + "/{FunctionName}";
    private const int MaxTries = 6;

    /// <summary>50 MB of code take a while to send.</summary>
    private static readonly TimeSpan s_callTime = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    public Task<ManagementResult> CreateAsync(
        FunctionConfiguration configuration, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken) =>
        InTimeAsync(MakeAsync(configuration, zip, cancellationToken));

    public Task<ManagementResult> UpdateCodeAsync(string name, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken) =>
        InTimeAsync(ReplaceCodeAsync(name, zip, cancellationToken));

    public Task<ManagementResult> UpdateConfigurationAsync(FunctionConfiguration configuration, CancellationToken cancellationToken) =>
        InTimeAsync(ReplaceConfigurationAsync(configuration, cancellationToken));

    public Task<ManagementResult> FindAsync(string name, CancellationToken cancellationToken) =>
        InTimeAsync(LookUpAsync(name, cancellationToken));

    public Task<ManagementResult> DeleteAsync(string name, CancellationToken cancellationToken) =>
        InTimeAsync(RemoveAsync(name, cancellationToken));

    /// <summary>When the caller gives up a call, its outcome is as unknown as that of a lost one.</summary>
    private static async Task<ManagementResult> InTimeAsync(Task<ManagementResult> call)
    {
        try
        {
            return await call.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return new(ManagementOutcome.Unknown, "Lambda was not done in time.");
        }
    }

    private async Task<ManagementResult> MakeAsync(
        FunctionConfiguration configuration, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(options.ExecutionRole))
        {
            return new(ManagementOutcome.NotAllowed,
                "Functions need a role to run as: set TasksBus:Lambda:ExecutionRole to the ARN of one that Lambda may assume.");
        }

        var call = new LambdaCall(HttpMethod.Post, Functions) { Body = Json(writer => WriteCreation(writer, configuration, zip)) };
        var backoff = new Backoff(time);
        for (var tries = 1; ; tries++)
        {
            var result = await SendAsync(call, cancellationToken).ConfigureAwait(false);
            if (result.Outcome is ManagementOutcome.Exists or ManagementOutcome.Unknown)
            {
                // The create may have arrived, now or in the previous try, and its answer may have been lost.
                var found = await LookUpAsync(configuration.Name, cancellationToken).ConfigureAwait(false);
                result = found.Function?.Marker == configuration.Marker ? found : result;
            }

            if (result.Outcome != ManagementOutcome.Unknown || tries == MaxTries)
            {
                return result.IsDone ? await UntilSettledAsync(
                    configuration.Name, result, ManagementOutcome.ConfigurationRefused, cancellationToken).ConfigureAwait(false)
                    : result;
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<ManagementResult> ReplaceCodeAsync(string name, ReadOnlyMemory<byte> zip, CancellationToken cancellationToken)
    {
        var call = Of(HttpMethod.Put, name, "/code") with { Body = Json(writer => writer.WriteBase64String("ZipFile"u8, zip.Span)) };
        var result = await SendUntilTakenAsync(call, cancellationToken).ConfigureAwait(false);
        return await UntilSettledAsync(name, result, ManagementOutcome.CodeRefused, cancellationToken).ConfigureAwait(false);
    }

    private async Task<ManagementResult> ReplaceConfigurationAsync(FunctionConfiguration configuration, CancellationToken cancellationToken)
    {
        var call = Of(HttpMethod.Put, configuration.Name, "/configuration") with
        {
            Body = Json(writer => WriteConfiguration(writer, configuration))
        };
        var result = await SendUntilTakenAsync(call, cancellationToken).ConfigureAwait(false);
        return await UntilSettledAsync(
            configuration.Name, result, ManagementOutcome.ConfigurationRefused, cancellationToken).ConfigureAwait(false);
    }

    private Task<ManagementResult> LookUpAsync(string name, CancellationToken cancellationToken) =>
        SendUntilTakenAsync(Of(HttpMethod.Get, name), cancellationToken);

    private async Task<ManagementResult> RemoveAsync(string name, CancellationToken cancellationToken)
    {
        var result = await SendUntilTakenAsync(Of(HttpMethod.Delete, name), cancellationToken).ConfigureAwait(false);
        return result.Outcome == ManagementOutcome.NotFound ? new(ManagementOutcome.Done) : result;
    }

    private static LambdaCall Of(HttpMethod method, string name, string below = "") => new(method, Function + below)
    {
        PathParameters = new Dictionary<string, string> { ["FunctionName"] = name },
    };

    /// <summary>Sends a call that may be sent twice. It sends the call again while Lambda fails or is busy with the function.</summary>
    private async Task<ManagementResult> SendUntilTakenAsync(LambdaCall call, CancellationToken cancellationToken)
    {
        var (started, backoff) = (time.GetTimestamp(), new Backoff(time));
        for (var tries = 1; ; tries++)
        {
            var result = await SendAsync(call, cancellationToken).ConfigureAwait(false);
            var again = result.Outcome == ManagementOutcome.Exists ? time.GetElapsedTime(started) < s_patience
                : result.Outcome == ManagementOutcome.Unknown && tries < MaxTries;
            if (!again)
            {
                // A function that is busy for so long is treated as unreachable.
                return result.Outcome == ManagementOutcome.Exists ? result with { Outcome = ManagementOutcome.Unknown } : result;
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until Lambda has finished what it accepted.</summary>
    /// <param name="onFault">The outcome when Lambda accepted the call but could not carry it out.</param>
    private async Task<ManagementResult> UntilSettledAsync(
        string name, ManagementResult result, ManagementOutcome onFault, CancellationToken cancellationToken)
    {
        var (started, backoff) = (time.GetTimestamp(), new Backoff(time));
        while (result.IsDone)
        {
            switch (result.Function)
            {
                case { IsChanging: false, Fault: { } fault }:
                    return new(onFault, fault);
                case { IsChanging: false }:
                    return result;
                default:
                    break;
            }

            if (time.GetElapsedTime(started) >= s_patience)
            {
                return new(ManagementOutcome.Unknown, $"Lambda has been at work on the function for {s_patience.TotalMinutes:0} minutes.");
            }

            await backoff.WaitAsync(cancellationToken).ConfigureAwait(false);
            result = await LookUpAsync(name, cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private async Task<ManagementResult> SendAsync(LambdaCall call, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(s_callTime, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            var credentials = await requests.ResolveCredentialsAsync(giveUp.Token).ConfigureAwait(false);
            var headed = call.Body.IsEmpty
                ? call : call with { Headers = new Dictionary<string, string> { ["Content-Type"] = "application/json" } };
            using var request = requests.Create(headed, credentials);
            using var response = await requests.SendAsync(request, giveUp.Token).ConfigureAwait(false);
            return await ManagementAnswers.ReadAsync(
                response, isWrapped: call.Method == HttpMethod.Get, giveUp.Token).ConfigureAwait(false);
        }
        catch (CredentialsUnavailableException exception)
        {
            return new(ManagementOutcome.NotAllowed, exception.Message);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new(
                ManagementOutcome.Unknown, $"Lambda cannot be reached at {requests.Endpoint}: {exception.GetBaseException().Message}");
        }
    }

    private void WriteCreation(Utf8JsonWriter writer, FunctionConfiguration configuration, ReadOnlyMemory<byte> zip)
    {
        writer.WriteString("FunctionName"u8, configuration.Name);
        writer.WriteString("Role"u8, options.ExecutionRole);
        writer.WriteStartObject("Code"u8);
        writer.WriteBase64String("ZipFile"u8, zip.Span);
        writer.WriteEndObject();
        WriteConfiguration(writer, configuration);
    }

    private static void WriteConfiguration(Utf8JsonWriter writer, FunctionConfiguration configuration)
    {
        writer.WriteString("Handler"u8, configuration.Handler);
        writer.WriteString("Runtime"u8, configuration.Runtime);
        writer.WriteNumber("Timeout"u8, configuration.Timeout);
        writer.WriteNumber("MemorySize"u8, configuration.MemorySize);
        writer.WriteString("Description"u8, configuration.Marker);
        writer.WriteStartObject("Environment"u8);
        writer.WriteStartObject("Variables"u8);
        foreach (var (name, value) in configuration.Environment)
        {
            writer.WriteString(name, value);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static byte[] Json(Action<Utf8JsonWriter> write)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.ToArray();
    }
}
