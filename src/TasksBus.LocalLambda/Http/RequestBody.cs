using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;

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
    private static readonly byte[] EmptyObject = "{}"u8.ToArray();
    private readonly BodyLimit _limit;
    private byte[] _rented;
    private int _length;

    private RequestBody(BodyLimit limit, int size) => (_limit, _rented) = (limit, ArrayPool<byte>.Shared.Rent(size));

    /// <summary>The bytes that were sent.</summary>
    public ReadOnlySpan<byte> Bytes => _rented.AsSpan(0, _length);

    /// <summary>The same as JSON: an empty body is an empty object.</summary>
    public ReadOnlyMemory<byte> Json => _length == 0 ? EmptyObject : _rented.AsMemory(0, _length);

    /// <summary>The body, or the error to answer with.</summary>
    public static async ValueTask<(RequestBody? Body, LambdaError? Error)> ReadAsync(HttpRequest request, BodyLimit limit)
    {
        if (request.ContentLength > limit.Bytes)
        {
            return (null, LambdaError.TooLarge(limit));
        }

        var body = new RequestBody(limit, (int)(request.ContentLength ?? 4_096) + 1);
        if (await body.FillAsync(request.Body).ConfigureAwait(false))
        {
            return (body, null);
        }

        body.Dispose();
        return (null, LambdaError.TooLarge(limit));
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
            if (_length > _limit.Bytes)
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
