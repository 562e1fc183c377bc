using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Service.Http;

/// <summary>
/// A body for a function while it arrives. It holds no slot, so slow callers block nobody. It has as long to arrive as a function has to
/// answer. A large body needs a place, of which there are as many as slots, so all arriving bodies fit into memory.
/// </summary>
internal sealed class ArrivingBody : IDisposable
{
    /// <summary>A body up to this size needs no place.</summary>
    public const int SmallBytes = 64 * 1024;

    private readonly FunctionSlots _places;
    private readonly string _function;
    private readonly Func<CommandRefusedException> _full;
    private readonly Refusal _tooSlow;
    private readonly CancellationToken _aborted;
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _either;
    private bool _hasPlace;

    /// <param name="full">Makes the refusal when the body is large and no place is free.</param>
    /// <param name="tooSlow">The refusal when the body does not arrive in time.</param>
    public ArrivingBody(
        FunctionSlots places, string function, TimeSpan longestTime, HttpContext context, TimeProvider time,
        Func<CommandRefusedException> full, Refusal tooSlow)
    {
        (_places, _function, _full, _tooSlow, _aborted) = (places, function, full, tooSlow, context.RequestAborted);
        _patience = new(longestTime, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, _aborted);
    }

    /// <summary>Canceled when the body took too long or the caller has gone.</summary>
    public CancellationToken CancellationToken => _either.Token;

    /// <summary>Lets the body have this many bytes. A large one takes a place.</summary>
    /// <exception cref="CommandRefusedException">No place is free.</exception>
    public void Hold(long bytes)
    {
        if (bytes > SmallBytes && !_hasPlace && !(_hasPlace = _places.TryTake(_function)))
        {
            throw _full();
        }
    }

    /// <exception cref="CommandRefusedException">The body did not arrive in time, or the reader refuses it.</exception>
    /// <exception cref="OperationCanceledException">The caller has gone.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(Func<Task<ReadOnlyMemory<byte>>> read)
    {
        try
        {
            var bytes = await read();
            _aborted.ThrowIfCancellationRequested();
            return bytes;
        }
        catch (OperationCanceledException) when (!_aborted.IsCancellationRequested && _patience.IsCancellationRequested)
        {
            throw new CommandRefusedException(_tooSlow);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw new CommandRefusedException(_tooSlow);
        }
    }

    public void Dispose()
    {
        if (_hasPlace)
        {
            _places.Release(_function);
        }

        _either.Dispose();
        _patience.Dispose();
    }
}
