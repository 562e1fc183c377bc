using System.Runtime.Serialization;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using TasksBus.Contracts;

namespace TasksBus.Client.MassTransit;

/// <summary>Makes calls that have the same effect when they are made twice, and tries them again.</summary>
internal sealed class BusTries(IOptions<BusTaskClientOptions> options, TimeProvider time, ILogger<IBusTaskClient> logger)
{
    private readonly BusTaskClientOptions _options = options.Value;

    /// <summary>Tries a call until it succeeds, or until the time for that is over.</summary>
    /// <param name="what">The call, for messages.</param>
    /// <param name="call">The call. Its token is canceled when the time of the try is over.</param>
    /// <exception cref="TasksBusException">The server refused, or no answer came.</exception>
    public Task<T> TryAsync<T>(string what, Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        Tries.UntilAnsweredAsync(
            () => OnceAsync(what, call, _options.RequestTimeout, cancellationToken), _options.RetryFor, time,
            (pause, failure) => logger.TriesAgain(what, pause.TotalSeconds, failure), cancellationToken);

    /// <summary>Tries a call once.</summary>
    /// <exception cref="TasksBusException">The server refused, or no answer came.</exception>
    public async Task<T> OnceAsync<T>(
        string what, Func<CancellationToken, Task<T>> call, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(timeout, time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            // MassTransit's own waits for a broker need not end with the token.
            return await call(over.Token).WaitAsync(over.Token).ConfigureAwait(false);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception) when (patience.IsCancellationRequested && exception is not TasksBusException)
        {
            throw Unavailable($"{what}: no answer came within {timeout.TotalSeconds:0.#} s.", exception);
        }
        catch (Exception exception) when (!IsOfCaller(exception))
        {
            throw Unavailable($"{what}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// What the caller must know as it is. Everything else comes from the transport, whose exceptions are those of the broker's own client.
    /// </summary>
    private static bool IsOfCaller(Exception exception) => exception
        is TasksBusException or OperationCanceledException or ArgumentException or InvalidOperationException or NotSupportedException
            or SerializationException or System.Text.Json.JsonException;

    private static TasksBusUnavailableException Unavailable(string message, Exception cause) =>
        new(ErrorCode.ServiceUnreachable, message, cause: cause);
}
