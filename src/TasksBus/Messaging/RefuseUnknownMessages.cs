using MassTransit;
using MassTransit.Middleware.Rescue;
using MassTransit.Transports;

namespace TasksBus.Messaging;

/// <summary>
/// Moves a message whose type its queue does not take to the error queue. MassTransit's own ThrowOnSkippedMessages is no help: what it
/// throws nobody catches, so the message goes back to the queue and is delivered again, without end.
/// </summary>
internal sealed class RefuseUnknownMessages : IFilter<ReceiveContext>
{
    public Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var reason = new MessageNotConsumedException(context.InputAddress, "The message is of no type that this queue takes.");
        return context.TryGetPayload<IErrorTransport>(out var errors) ? errors.Send(new RescueExceptionReceiveContext(context, reason)) : throw reason;
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("refuse-unknown-messages");
}

internal static class RefuseUnknownMessagesExtensions
{
    public static void RefuseUnknownMessages(this IReceiveEndpointConfigurator endpoint) =>
        endpoint.ConfigureDeadLetter(static pipe => pipe.UseFilter(new RefuseUnknownMessages()));
}
