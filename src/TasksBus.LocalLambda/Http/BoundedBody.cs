using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using TasksBus.LocalLambda.Http.Signatures;

namespace TasksBus.LocalLambda.Http;

/// <summary>The largest body that an operation accepts, in bytes.</summary>
internal sealed record BodyLimit(string Operation, int Bytes)
{
    /// <summary>Lambda's limit for an event and for an answer: 6 MB.</summary>
    public static readonly BodyLimit Invoke = new("InvokeFunction", 6_291_456);

    /// <summary>Lambda's numbers: a zip file of 50 MB in base64, and its settings.</summary>
    public static readonly BodyLimit Create = new("CreateFunction", 70_167_211);

    /// <inheritdoc cref="Create"/>
    public static readonly BodyLimit UpdateCode = new("UpdateFunctionCode", 69_905_067);

    /// <summary>For operations that take only settings, or no body.</summary>
    public static BodyLimit Settings(string operation) => new(operation, 1_048_576);
}

/// <summary>The body of a request, read completely and bounded. Its bytes are passed on unchanged.</summary>
internal sealed class BoundedBody : IDisposable
{
    private const int FirstPart = 65_536;
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();
    private byte[] _rented;
    private int _length;

    private BoundedBody(int size) => _rented = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>The bytes that were sent.</summary>
    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>The body as JSON. An empty body is an empty object.</summary>
    public ReadOnlyMemory<byte> Json => _length == 0 ? EmptyObject : _rented.AsMemory(0, _length);

    /// <summary>Returns the body, or the error to answer with.</summary>
    /// <param name="request">The request to read from.</param>
    /// <param name="limit">The largest size of the body.</param>
    /// <param name="room">The memory that the body may take, which grows as the body arrives. Null when all of it may be kept.</param>
    public static async ValueTask<(BoundedBody? Body, LambdaError? Error)> ReadAsync(
        HttpRequest request, BodyLimit limit, UnprovenBodies.Place? room = null)
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

        var body = new BoundedBody(first);
        var hasRoom = false;
        try
        {
            hasRoom = await body.FillAsync(request.Body, most, room).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (room is { GivesWay.IsCancellationRequested: true })
        {
            // Other bodies need its room.
        }

        if (hasRoom && body._length <= limit.Bytes)
        {
            return (body, null);
        }

        body.Dispose();
        return (null, hasRoom ? LambdaError.TooLarge(limit) : LambdaError.ServerThrottled());
    }

    /// <summary>Checks only the grammar, to any depth. The function decides what a text or a number means.</summary>
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
                // Read throws when the text is not JSON.
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

    /// <summary>Reads to the end, or the given number of bytes. Returns false when there is no room for them.</summary>
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
