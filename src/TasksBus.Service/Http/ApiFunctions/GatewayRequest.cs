using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using TasksBus.Contracts;
using TasksBus.Execution;
using TasksBus.Intake;
using TasksBus.Service.Http.Authentication;

namespace TasksBus.Service.Http.ApiFunctions;

/// <summary>
/// A request in the form that a function gets: the payload of Amazon API Gateway, format 2.0. The body goes directly from the connection
/// into the payload. It becomes text if its type is a text type and it is UTF-8, else base64.
/// </summary>
internal sealed class GatewayRequest
{
    /// <summary>Lambda's limit for an event: 6 MB.</summary>
    public const int MaxBytes = 6_291_456;

    private static readonly Refusal s_tooLarge =
        new(ErrorCode.DataTooLarge,
            $"The request is larger than {MaxBytes} bytes as Lambda gets it, where a body that is no text grows by a third. Send less.");

    /// <summary>The headers that say who calls, as the server found out. A caller cannot set them.</summary>
    private const string RequestingPrefix = "x-exh-requesting-";

    private readonly HttpRequest _request;
    private readonly Caller _caller;
    private readonly RequestTarget _target;
    private ArrayBufferWriter<byte> _buffer;
    private Utf8JsonWriter _writer;
    private Utf8Check _check;
    private bool _isText;
    private int _bodyAt;

    private GatewayRequest(HttpRequest request, Caller caller, RequestTarget target)
    {
        (_request, _caller, _target) = (request, caller, target);
        _isText = IsText(request);
        // Only as much as has arrived, or is small, is reserved. No memory is held for what a caller only announces.
        (_buffer, _writer) = Begin((int)Math.Min(request.ContentLength ?? 0, ArrivingBody.SmallBytes));
    }

    /// <returns>The payload, at most <see cref="MaxBytes"/>.</returns>
    /// <exception cref="CommandRefusedException">The request is too large, or there is no place for it.</exception>
    /// <exception cref="OperationCanceledException">The body did not arrive in time.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, Caller caller, RequestTarget target, ArrivingBody body)
    {
        if (request.ContentLength > MaxBytes)
        {
            throw new CommandRefusedException(s_tooLarge);
        }

        body.Hold(request.ContentLength ?? 0);
        var gateway = new GatewayRequest(request, caller, target);
        await gateway.ReadBodyAsync(request.BodyReader, body);
        return gateway.End();
    }

    private async Task ReadBodyAsync(PipeReader reader, ArrivingBody body)
    {
        while (true)
        {
            var read = await reader.ReadAsync(body.CancellationToken);
            foreach (var piece in read.Buffer)
            {
                Add(piece.Span);
            }

            reader.AdvanceTo(read.Buffer.End);
            var length = _writer.BytesCommitted + _writer.BytesPending;
            if (length > MaxBytes)
            {
                throw new CommandRefusedException(s_tooLarge);
            }

            body.Hold(length);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private void Add(ReadOnlySpan<byte> piece)
    {
        if (!_isText)
        {
            _writer.WriteBase64StringSegment(piece, isFinalSegment: false);
            return;
        }

        var open = _check.Open;
        if (_check.TryTake(piece, out var joined, out var whole))
        {
            _writer.WriteStringValueSegment((ReadOnlySpan<byte>)joined, isFinalSegment: false);
            _writer.WriteStringValueSegment(whole, isFinalSegment: false);
        }
        else
        {
            TurnIntoBase64([.. open, .. piece]);
        }
    }

    /// <summary>Handles a body that is not UTF-8 text: removes what was written of it, and continues in base64.</summary>
    private void TurnIntoBase64(ReadOnlySpan<byte> rest)
    {
        _writer.WriteStringValueSegment(ReadOnlySpan<byte>.Empty, isFinalSegment: true);
        _writer.Flush();
        var written = new Utf8JsonReader(_buffer.WrittenSpan[_bodyAt..]);
        written.Read();
        var text = new byte[_buffer.WrittenCount - _bodyAt];
        var length = written.CopyString(text);

        _isText = false;
        (_buffer, _writer) = Begin(_buffer.WrittenCount);
        _writer.WriteBase64StringSegment(text.AsSpan(0, length), isFinalSegment: false);
        _writer.WriteBase64StringSegment(rest, isFinalSegment: false);
    }

    private ReadOnlyMemory<byte> End()
    {
        if (_isText && _check.Open is { Length: > 0 } open)
        {
            TurnIntoBase64(open);
        }

        if (_isText)
        {
            _writer.WriteStringValueSegment(ReadOnlySpan<byte>.Empty, isFinalSegment: true);
        }
        else
        {
            _writer.WriteBase64StringSegment([], isFinalSegment: true);
        }

        _writer.WriteBoolean("isBase64Encoded"u8, !_isText);
        _writer.WriteEndObject();
        _writer.Flush();
        return _buffer.WrittenCount > MaxBytes ? throw new CommandRefusedException(s_tooLarge) : _buffer.WrittenMemory;
    }

    /// <summary>Writes everything that comes before the body.</summary>
    private (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer) Begin(int bodyLength)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096 + (_isText ? bodyLength + bodyLength / 16 : bodyLength / 3 * 4));
        var writer = new Utf8JsonWriter(buffer, JsonOutput.Fields);
        writer.WriteStartObject();
        writer.WriteString("version"u8, "2.0"u8);
        writer.WriteString("rawPath"u8, _target.Path);
        writer.WriteString("rawQueryString"u8, _target.Query);
        writer.WriteStartObject("headers"u8);
        foreach (var (name, values) in _request.Headers)
        {
            // The credentials that admitted the caller are for this server alone.
            var isOurs = _caller.Name is not null && name.Equals(HeaderNames.Authorization, StringComparison.OrdinalIgnoreCase);
            if (!isOurs && !name.StartsWith(RequestingPrefix, StringComparison.OrdinalIgnoreCase))
            {
                var areCookies = values.Count > 1 && name.Equals(HeaderNames.Cookie, StringComparison.OrdinalIgnoreCase);
                writer.WriteString(name.ToLowerInvariant(), areCookies ? string.Join("; ", values.ToArray()) : values.ToString());
            }
        }

        WriteRequesting(writer, "user-id", _caller.UserId);
        WriteRequesting(writer, "application-id", _caller.ApplicationId);
        writer.WriteEndObject();
        writer.WriteStartObject("requestContext"u8);
        writer.WriteStartObject("http"u8);
        writer.WriteString("method"u8, _request.Method);
        writer.WriteEndObject();
        writer.WriteEndObject();
        writer.WritePropertyName("body"u8);
        writer.Flush();
        _bodyAt = buffer.WrittenCount;
        return (buffer, writer);
    }

    private static void WriteRequesting(Utf8JsonWriter writer, string what, string? id)
    {
        if (id is not null)
        {
            writer.WriteString(RequestingPrefix + what, id);
        }
    }

    /// <summary>Returns true when the body is text, by its declared type. A body without a type counts as text while it is UTF-8.</summary>
    private static bool IsText(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
        {
            return string.IsNullOrEmpty(request.ContentType);
        }

        var (media, suffix) = (type.MediaType.ToString().ToLowerInvariant(), type.Suffix.ToString().ToLowerInvariant());
        var isUtf8 = type.Charset.Length == 0 || type.Charset.Value!.Trim('"').ToLowerInvariant() is "utf-8" or "us-ascii";
        return isUtf8 && request.Headers.ContentEncoding.Count == 0
            && (media.StartsWith("text/", StringComparison.Ordinal) || suffix is "json" or "xml"
                || media is "application/json" or "application/xml" or "application/javascript" or "application/x-www-form-urlencoded"
                    or "application/graphql");
    }
}
