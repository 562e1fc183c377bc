using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

namespace TasksBus.LocalLambda.Http;

/// <summary>The event of a request: read whole and bounded. Its bytes are passed on as they are.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>Lambda's limit for an event and for an answer: 6 MB.</summary>
    public const int MaxSize = 6_291_456;

    private static readonly byte[] EmptyObject = "{}"u8.ToArray();
    private byte[] _rented;
    private int _length;

    private RequestBody(int size) => _rented = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>The bytes that were sent.</summary>
    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>The event: an empty body is an empty object.</summary>
    public ReadOnlyMemory<byte> Json => _length == 0 ? EmptyObject : _rented.AsMemory(0, _length);

    /// <summary>The body, or the error to answer with.</summary>
    public static async ValueTask<(RequestBody? Body, LambdaError? Error)> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxSize)
        {
            return (null, LambdaError.TooLarge());
        }

        var body = new RequestBody((int)(request.ContentLength ?? 4_096) + 1);
        if (await body.FillAsync(request.Body).ConfigureAwait(false))
        {
            return (body, null);
        }

        body.Dispose();
        return (null, LambdaError.TooLarge());
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

    private async ValueTask<bool> FillAsync(Stream stream)
    {
        while (true)
        {
            if (_length == _rented.Length)
            {
                var larger = ArrayPool<byte>.Shared.Rent(_length * 2);
                _rented.AsSpan(0, _length).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_rented);
                _rented = larger;
            }

            var read = await stream.ReadAsync(_rented.AsMemory(_length)).ConfigureAwait(false);
            _length += read;
            if (_length > MaxSize)
            {
                return false;
            }

            if (read == 0)
            {
                return true;
            }
        }
    }
}
