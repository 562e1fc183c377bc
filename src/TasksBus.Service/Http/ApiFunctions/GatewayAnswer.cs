using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>
/// A function's answer to a request: <c>statusCode</c>, <c>headers</c>, <c>body</c>, <c>isBase64Encoded</c>. The body is sent directly from
/// what the function returned.
/// </summary>
internal sealed partial class GatewayAnswer
{
    private const int PieceLength = 16 * 1024;
    private const string DefaultType = "application/json";

    /// <summary>The server decides how the answer is transferred.</summary>
    private static readonly HashSet<string> s_ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "X-Content-Type-Options",
    };

    private readonly List<(string Name, string Value)> _headers = [];
    private ReadOnlyMemory<byte> _body;
    private bool _isString;
    private bool _isEscaped;
    private bool _isBase64;
    private long _length;

    private GatewayAnswer()
    {
    }

    public int StatusCode { get; private set; }

    /// <param name="payload">What the function returned.</param>
    /// <returns>The answer, or what is wrong with it.</returns>
    public static (GatewayAnswer? Answer, string? Fault) Read(ReadOnlyMemory<byte> payload)
    {
        var answer = new GatewayAnswer();
        try
        {
            var fault = answer.Take(payload) ?? answer.Settle();
            return fault is null ? (answer, null) : (null, fault);
        }
        catch (JsonException)
        {
            return (null,
                "The function must return a JSON object with a statusCode, such as { statusCode: 200, body: "
                    + "'hello' }; it returned no JSON.");
        }
        catch (InvalidOperationException)
        {
            // The JSON reader throws this at half of a surrogate pair.
            return (null, "A header's name or value holds half of a surrogate pair.");
        }
    }

    /// <summary>Sends the answer piece by piece.</summary>
    public async Task WriteAsync(HttpResponse response, FunctionPages pages)
    {
        response.StatusCode = StatusCode;
        foreach (var (name, value) in _headers.Where(header => pages.Passes(header.Name, response.HttpContext.Request)))
        {
            response.Headers[name] = value;
        }

        pages.Guard(response);
        // Answers with these status codes have no body, whatever the function says.
        if (StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
        {
            return;
        }

        if (!response.Headers.ContainsKey("Content-Type"))
        {
            response.ContentType = DefaultType;
        }

        response.ContentLength = _length;
        if (HttpMethods.IsHead(response.HttpContext.Request.Method))
        {
            return;
        }

        for (var rest = _body; !rest.IsEmpty;)
        {
            var written = Fill(rest.Span, response.BodyWriter.GetSpan(PieceLength), out var consumed);
            response.BodyWriter.Advance(written);
            rest = rest[consumed..];
            await response.BodyWriter.FlushAsync();
        }
    }

    /// <summary>Decodes a piece of the body.</summary>
    private int Fill(ReadOnlySpan<byte> body, Span<byte> target, out int consumed)
    {
        if (_isBase64)
        {
            Base64.DecodeFromUtf8(body, target, out consumed, out var decoded);
            return decoded;
        }

        if (_isEscaped)
        {
            return JsonText.Decode(body, target, out consumed);
        }

        consumed = Math.Min(body.Length, target.Length);
        body[..consumed].CopyTo(target);
        return consumed;
    }

    /// <returns>What is wrong, or null.</returns>
    private string? Take(ReadOnlyMemory<byte> payload)
    {
        var reader = new Utf8JsonReader(payload.Span, JsonInput.ApiAnswer);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return "The function must return a JSON object with a statusCode, such as { statusCode: 200, body: 'hello' }.";
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var fault = reader.ValueTextEquals("statusCode"u8) ? TakeStatus(ref reader)
                : reader.ValueTextEquals("headers"u8) ? TakeHeaders(ref reader)
                : reader.ValueTextEquals("body"u8) ? TakeBody(ref reader, payload)
                : reader.ValueTextEquals("isBase64Encoded"u8) ? TakeEncoding(ref reader)
                : Skip(ref reader);
            if (fault is not null)
            {
                return fault;
            }
        }

        // Anything after the object is a fault in the JSON.
        reader.Read();
        return null;
    }

    private static string? Skip(ref Utf8JsonReader reader)
    {
        reader.Skip();
        return null;
    }

    private string? TakeStatus(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt32(out var status) || status is < 200 or > 499)
        {
            return "statusCode must be a whole number from 200 to 499.";
        }

        StatusCode = status;
        return null;
    }

    private string? TakeEncoding(ref Utf8JsonReader reader)
    {
        reader.Read();
        _isBase64 = reader.TokenType == JsonTokenType.True;
        return reader.TokenType is JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null
            ? null : "isBase64Encoded must be true or false.";
    }

    private string? TakeHeaders(ref Utf8JsonReader reader)
    {
        reader.Read();
        _headers.Clear();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return "headers must be an object of names and values.";
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            var value = reader.TokenType switch
            {
                JsonTokenType.String => reader.GetString()!,
                JsonTokenType.True => "true",
                JsonTokenType.False => "false",
                JsonTokenType.Number => System.Text.Encoding.UTF8.GetString(reader.ValueSpan),
                _ => null,
            };
            if (!HeaderName().IsMatch(name))
            {
                return "A header's name must be one or more letters, digits, '-' or '_'.";
            }

            if (value is null || value.Any(static letter => letter is not ('\t' or (>= ' ' and <= '~'))))
            {
                return $"The value of the header '{name}' must be a string of printable ASCII characters.";
            }

            if (!s_ignored.Contains(name))
            {
                _headers.Add((name, value));
            }
        }

        return null;
    }

    private string? TakeBody(ref Utf8JsonReader reader, ReadOnlyMemory<byte> payload)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        _isString = reader.TokenType == JsonTokenType.String;
        if (_isString)
        {
            _isEscaped = reader.ValueIsEscaped;
            _body = payload.Slice(start + 1, reader.ValueSpan.Length);
        }
        else
        {
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            (_isEscaped, _body) = (false, isNull ? default : payload[start..(int)reader.BytesConsumed]);
        }

        return null;
    }

    /// <summary>Checks what is known only after everything was read, because the body's encoding may come after the body.</summary>
    private string? Settle()
    {
        if (StatusCode == 0)
        {
            return "statusCode is missing: a whole number from 200 to 499.";
        }

        if (!_isBase64)
        {
            _length = _isEscaped ? JsonText.Measure(_body.Span) : _body.Length;
            return null;
        }

        if (_isEscaped)
        {
            // This is rare: some writers of JSON escape '+' and '/'.
            var plain = new byte[_body.Length];
            _body = plain.AsMemory(0, JsonText.Decode(_body.Span, plain, out _));
            _isEscaped = false;
        }

        if ((!_isString && !_body.IsEmpty) || !Base64.IsValid(_body.Span, out var length))
        {
            return "body must be valid base64 where isBase64Encoded is true.";
        }

        _length = length;
        return null;
    }

    [GeneratedRegex(@"\A[a-zA-Z0-9_-]+\z")]
    private static partial Regex HeaderName();
}
