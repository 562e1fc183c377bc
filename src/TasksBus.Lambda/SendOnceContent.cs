using System.Net;

namespace TasksBus.Lambda;

/// <summary>
/// The body of one invocation. It is handed over at most once, because an HTTP handler that repeats a request after a lost connection would
/// run the function twice. It also knows whether it was handed over: until then, nothing that Lambda could run has left this process.
/// </summary>
internal sealed class SendOnceContent(ReadOnlyMemory<byte> payload, Func<bool> maySend, Action onSending) : HttpContent
{
    private int _handedOver;

    /// <summary>True when any of the body may have left this process.</summary>
    public bool HandedOver => Volatile.Read(ref _handedOver) != 0;

    /// <summary>True when it was too late to send the body.</summary>
    public bool Withheld { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // The time ran out before the first byte, so the outcome remains "not run".
        cancellationToken.ThrowIfCancellationRequested();
        if (!HandedOver && !maySend())
        {
            Withheld = true;
            throw new HttpRequestException("The invocation may not be sent any more.");
        }

        if (Interlocked.Exchange(ref _handedOver, 1) != 0)
        {
            throw new HttpRequestException("The connection was lost after the request was sent; it is not sent again.");
        }

        onSending();
        return stream.WriteAsync(payload, cancellationToken).AsTask();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = payload.Length;
        return true;
    }
}
