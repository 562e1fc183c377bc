using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>
/// A body for a function on its way. It holds no slot, so that slow callers hold up nobody; it has as long to arrive as a function to
/// answer; and a large one needs a place, of which there are as many as slots, so that what is on its way fits into memory.
/// </summary>
internal sealed class ArrivingBody : IDisposable
{
    /// <summary>As much needs no place.</summary>
    public const int SmallBytes = 64 * 1024;

    private readonly FunctionSlots _places;
    private readonly string _function;
    private readonly Func<CommandRefusedException> _full;
    private readonly Refusal _tooSlow;
    private readonly CancellationToken _aborted;
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _either;
    private bool _hasPlace;

    /// <param name="full">What is told where it is large and there is no place.</param>
    /// <param name="tooSlow">What is told where it does not arrive in time.</param>
    public ArrivingBody(
        FunctionSlots places, string function, TimeSpan longestTime, HttpContext context, TimeProvider time,
        Func<CommandRefusedException> full, Refusal tooSlow)
    {
        (_places, _function, _full, _tooSlow, _aborted) = (places, function, full, tooSlow, context.RequestAborted);
        _patience = new(longestTime, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, _aborted);
    }

    /// <summary>Canceled when it took too long, or when the caller has gone.</summary>
    public CancellationToken CancellationToken => _either.Token;

    /// <summary>Lets it have so many bytes: a large one takes a place.</summary>
    /// <exception cref="CommandRefusedException">There is none.</exception>
    public void Hold(long bytes)
    {
        if (bytes > SmallBytes && !_hasPlace && !(_hasPlace = _places.TryTake(_function)))
        {
            throw _full();
        }
    }

    /// <exception cref="CommandRefusedException">It did not arrive in time, or the reader refuses it.</exception>
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
