using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

/// <summary>
/// A body for a function on its way. It holds no slot, so that slow callers hold up nobody; it has as long to arrive as a function to answer;
/// and a large one needs a place, of which there are as many as slots, so that what is on its way fits into memory.
/// </summary>
internal sealed class ArrivingBody : IDisposable
{
    /// <summary>As much needs no place.</summary>
    public const int SmallBytes = 64 * 1024;

    private readonly FunctionSlots _places;
    private readonly string _function;
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _either;
    private bool _hasPlace;

    public ArrivingBody(FunctionSlots places, string function, TimeSpan longestTime, HttpContext context, TimeProvider time)
    {
        (_places, _function) = (places, function);
        _patience = new(longestTime, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, context.RequestAborted);
    }

    /// <summary>Canceled when it took too long, or when the caller has gone.</summary>
    public CancellationToken CancellationToken => _either.Token;

    /// <summary>Whether it may have so many bytes; false where it is large and there is no place.</summary>
    public bool MayHave(long bytes) => bytes <= SmallBytes || _hasPlace || (_hasPlace = _places.TryTake(_function));

    /// <param name="tooSlow">What is told where it does not arrive in time.</param>
    public async Task<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(
        Func<Task<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)>> read, Refusal tooSlow)
    {
        try
        {
            return await read();
        }
        catch (OperationCanceledException) when (_either.IsCancellationRequested)
        {
            return (default, tooSlow);
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            return (default, tooSlow);
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
