using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using TasksBus.LocalLambda.Http.Signatures;

namespace TasksBus.LocalLambda.Http;

/// <summary>How much an operation takes.</summary>
internal sealed record BodyLimit(string Operation, int Bytes)
{
    /// <summary>Lambda's limit for an event and for an answer: 6 MB.</summary>
    public static readonly BodyLimit Invoke = new("InvokeFunction", 6_291_456);

    /// <summary>50 MB of zip file in base64, and its settings: Lambda's numbers.</summary>
    public static readonly BodyLimit Create = new("CreateFunction", 70_167_211);

    /// <inheritdoc cref="Create"/>
    public static readonly BodyLimit UpdateCode = new("UpdateFunctionCode", 69_905_067);

    /// <summary>For what has settings only, or no body at all.</summary>
    public static BodyLimit Settings(string operation) => new(operation, 1_048_576);
}

/// <summary>The body of a request: read whole and bounded. Its bytes are passed on as they are.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstPart = 65_536;
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();
    private byte[] _rented;
    private int _length;

    private RequestBody(int size) => _rented = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>The bytes that were sent.</summary>
    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>The same as JSON: an empty body is an empty object.</summary>
    public ReadOnlyMemory<byte> Json => _length == 0 ? EmptyObject : _rented.AsMemory(0, _length);

    /// <summary>The body, or the error to answer with.</summary>
    /// <param name="request">Whose body.</param>
    /// <param name="limit">How much it may be.</param>
    /// <param name="room">What it may take: little at first, and more as it arrives; null where all of it may be kept.</param>
    public static async ValueTask<(RequestBody? Body, LambdaError? Error)> ReadAsync(HttpRequest request, BodyLimit limit, UnprovenBodies.Place? room = null)
    {
        if (request.ContentLength > limit.Bytes)
        {
            return (null, LambdaError.TooLarge(limit));
        }

        var most = (int)(request.ContentLength ?? limit.Bytes) + 1;
        var first = Math.Min(most, room is null && request.ContentLength is not null ? most : FirstPart);
        if (room is not null && !await room.TryGrowAsync(first).ConfigureAwait(false))
        {
            return (null, LambdaError.ServerThrottled());
        }

        var body = new RequestBody(first);
        var hasRoom = false;
        try
        {
            hasRoom = await body.FillAsync(request.Body, most, room).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (room is { GivesWay.IsCancellationRequested: true })
        {
            // Others need its room.
        }

        if (hasRoom && body._length <= limit.Bytes)
        {
            return (body, null);
        }

        body.Dispose();
        return (null, hasRoom ? LambdaError.TooLarge(limit) : LambdaError.ServerThrottled());
    }

    /// <summary>The grammar only, to any depth: what a text or a number means is the function's to say.</summary>
    public LambdaError? CheckJson()
    {
        var json = Json.Span;
        if (!Utf8.IsValid(json))
        {
            return LambdaError.NotJson("it is not UTF-8.");
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
            while (reader.Read())
            {
                // Read throws at what is not JSON.
            }

            return null;
        }
        catch (JsonException exception)
        {
            return LambdaError.NotJson(exception.Message);
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_rented);
        _rented = [];
        _length = 0;
    }

    /// <summary>Reads to the end, or to so many bytes; false where there is no room for them.</summary>
    private async ValueTask<bool> FillAsync(Stream stream, int most, UnprovenBodies.Place? room)
    {
        while (_length < most)
        {
            if (_length == _rented.Length)
            {
                var size = (int)Math.Min(_length * 2L, most);
                if (room is not null && !await room.TryGrowAsync(size).ConfigureAwait(false))
                {
                    return false;
                }

                var larger = ArrayPool<byte>.Shared.Rent(size);
                _rented.AsSpan(0, _length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_rented);
                _rented = larger;
            }

            var read = await stream.ReadAsync(_rented.AsMemory(_length), room?.GivesWay ?? CancellationToken.None).ConfigureAwait(false);
            _length += read;
            if (read == 0)
            {
                break;
            }
        }

        return true;
    }
}
