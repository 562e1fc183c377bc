using MassTransit;
using MassTransit.RabbitMqTransport;
using RabbitMQ.Client.Exceptions;

namespace TasksBus.RabbitMq;

/// <summary>
/// Fails with the broker's own reason when the broker closes a channel. MassTransit disposes such a channel at once, and what waits for an
/// answer on it then often fails with an <see cref="ObjectDisposedException"/>, so that neither the log nor the probe would know why.
/// </summary>
internal sealed class BrokerReasonFilter : IFilter<ChannelContext>
{
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        try
        {
            await next.Send(context);
        }
        catch (Exception exception) when (context.Channel.CloseReason is { } reason && reason.IsRefusal())
        {
            throw new OperationInterruptedException(reason, exception.Message);
        }
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("brokerReason");
}
