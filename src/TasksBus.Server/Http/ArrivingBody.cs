using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;

namespace TasksBus.Server.Http;

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
    private readonly CancellationTokenSource _patience;
    private readonly CancellationTokenSource _either;
    private bool _hasPlace;

    public ArrivingBody(FunctionSlots places, string function, TimeSpan longestTime, HttpContext context, TimeProvider time)
    {
        (_places, _function) = (places, function);
        _patience = new(longestTime, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_patience.Token, context.RequestAborted);
    }

    /// <summary>Canceled when the body took too long or the caller has gone.</summary>
    public CancellationToken CancellationToken => _either.Token;

    /// <summary>Returns true when the body may have this many bytes, and false when it is large and no place is free.</summary>
    public bool MayHave(long bytes) => bytes <= SmallBytes || _hasPlace || (_hasPlace = _places.TryTake(_function));

    /// <param name="tooSlow">The refusal when the body does not arrive in time.</param>
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
