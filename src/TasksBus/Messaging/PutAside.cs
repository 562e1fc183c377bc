using MassTransit;
using MassTransit.Middleware.Rescue;
using Microsoft.Extensions.Logging;
using TasksBus.Contracts;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>
/// Puts a message that is refused, or whose handling failed, into the error queue with the reason. It answers the requester, and writes one
/// line to the log. A message that cannot be put there is dropped, and the line says that too. Nothing waits for it.
/// </summary>
internal sealed class PutAside(IMessageTransport transport, Answers answers, ILogger<PutAside> logger)
    : IFilter<ExceptionReceiveContext>, IFilter<ReceiveContext>
{
    private static readonly Refusal s_fault =
        new(ErrorCode.ServerException, "The server failed to handle the command, which is in its error queue.");

    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        await PutAsync(context);
        context.GetOrAddPayload(static () => new IsAside());
    }

    /// <summary>Handles what nobody consumed: a message that was put aside, or one without a consumer.</summary>
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next) =>
        context.HasPayloadType(typeof(IsAside)) ? Task.CompletedTask
            : PutAsync(new RescueExceptionReceiveContext(
                context, new MessageNotConsumedException(context.InputAddress, "Nothing takes the message.")));

    public void Probe(ProbeContext context) => context.CreateFilterScope("put-aside");

    private async Task PutAsync(ExceptionReceiveContext message)
    {
        LogPutAside(message, await transport.MoveToErrorQueueAsync(message));
        if (message.TryGetPayload(out Requester? requester))
        {
            await answers.SendAsync(message, requester, (message.Exception as CommandRefusedException)?.Refusal ?? s_fault);
        }
    }

    private void LogPutAside(ExceptionReceiveContext message, string? failure)
    {
        var queue = QueueName.Of(message.InputAddress);
        var messageId = LogText.OneLine(transport.PropertiesOf(message)?.MessageId ?? "none");
        var reason = LogText.OneLine(message.Exception.Message);
        if (failure is not null)
        {
            logger.MessageDropped(queue, messageId, reason, LogText.OneLine(failure));
        }
        else if (message.Exception is CommandRefusedException)
        {
            logger.MessageRefused(queue, messageId, reason);
        }
        else
        {
            logger.MessageFailed(queue, messageId, message.Exception);
        }
    }

    private sealed class IsAside;
}

internal static class PutAsideExtensions
{
    /// <summary>Puts aside every message that is not handled, and reports faults to nobody.</summary>
    public static void PutAside(this IReceiveEndpointConfigurator endpoint, PutAside filter)
    {
        endpoint.PublishFaults = false;
        endpoint.ConfigureError(pipe => pipe.UseFilter(filter));
        endpoint.ConfigureDeadLetter(pipe => pipe.UseFilter(filter));
    }
}
