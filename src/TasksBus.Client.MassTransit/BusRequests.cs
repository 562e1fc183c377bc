using MassTransit;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>Sends commands as requests over the service's bus, and reads the answers.</summary>
internal sealed class BusRequests(IBus bus, BusTries tries, IOptions<BusTaskClientOptions> options)
{
    private static readonly TimeSpan s_patienceOfCheck = TimeSpan.FromSeconds(5);

    private readonly Lazy<IClientFactory> _clients = new(() => bus.CreateClientFactory(options.Value.RequestTimeout));

    /// <summary>Sends a request until it is answered, or until the time for that is over.</summary>
    /// <exception cref="TasksBusException">The server refused, or no answer came.</exception>
    public Task<TAnswer> AskAsync<TCommand, TAnswer>(TCommand command, CancellationToken cancellationToken)
        where TCommand : class
        where TAnswer : class =>
        tries.TryAsync(typeof(TCommand).Name, token => TryAsync<TCommand, TAnswer>(command, token), cancellationToken);

    /// <summary>Asks once whether TasksBus answers, and what is in the way if it does not.</summary>
    public async Task<(bool Answers, string Text)> AskReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await tries.OnceAsync(
                nameof(GetTask), token => TryAsync<GetTask, GetTaskResult>(new(TaskId.New().ToString()), token), s_patienceOfCheck,
                cancellationToken).ConfigureAwait(false);
            return (true, "TasksBus answers over the bus.");
        }
        catch (TasksBusException failure)
        {
            return (false, failure.Message);
        }
    }

    private async Task<TAnswer> TryAsync<TCommand, TAnswer>(TCommand command, CancellationToken cancellationToken)
        where TCommand : class
        where TAnswer : class
    {
        try
        {
            var answer = await _clients.Value.CreateRequestClient<TCommand>().GetResponse<TAnswer>(
                command, static request => request.UseExecute(static context => context.AsCommand()), cancellationToken)
                .ConfigureAwait(false);
            return answer.Message;
        }
        catch (RequestFaultException fault)
        {
            var text = fault.Fault?.Exceptions?.FirstOrDefault()?.Message ?? fault.Message;
            throw ClientErrors.Of(ErrorCode.Read(text, out var message) ?? ErrorCode.ServerException, message, fault);
        }
    }
}
