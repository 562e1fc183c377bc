using MassTransit;
using Microsoft.Extensions.Logging;
using TasksBus.Intake;

namespace TasksBus.Messaging;

/// <summary>
/// Answers commands that were sent as requests, through the default exchange to an existing queue. If an answer cannot be sent, a line in
/// the log says so. The command is carried out, or refused, all the same.
/// </summary>
internal sealed class Answers(IMessageTransport transport, ILogger<Answers> logger)
{
    /// <summary>A broker that takes longer is away or accepts nothing. Nobody waits that long for an answer.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>Answers with a result.</summary>
    public Task SendAsync<T>(ConsumeContext command, T result)
        where T : class =>
        command.TryGetPayload(out Delivery? delivery) && delivery.Requester is { } requester
            ? SendAsync(command.ReceiveContext, requester, result, typeof(T))
            : Task.CompletedTask;

    /// <summary>Answers that a command cannot be carried out, which stays without consequences here.</summary>
    public Task SendAsync(ConsumeContext command, Refusal refusal) =>
        command.TryGetPayload(out Delivery? delivery) && delivery.Requester is { } requester
            ? SendAsync(command.ReceiveContext, requester, refusal)
            : Task.CompletedTask;

    /// <summary>Answers that a command is refused.</summary>
    public Task SendAsync(ReceiveContext command, Requester requester, Refusal refusal) =>
        requester.IsPlain
            ? SendAsync(
                command, requester, new { code = refusal.Code.Code, name = refusal.Code.Name, message = refusal.Message },
                requester.FaultType)
            : SendAsync(command, requester, requester.FaultOf(refusal), requester.FaultType);

    private async Task SendAsync(ReceiveContext command, Requester requester, object answer, Type type)
    {
        try
        {
            using var patience = new CancellationTokenSource(s_patience);
            if (await transport.AnswerAsync(command, requester, answer, type, patience.Token) is { } reason)
            {
                logger.NotAnswered(LogText.OneLine(requester.Address), reason);
            }
        }
        catch (Exception exception)
        {
            logger.NotAnswered(LogText.OneLine(requester.Address), LogText.OneLine(exception.Message));
        }
    }
}
