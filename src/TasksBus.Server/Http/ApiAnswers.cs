using System.Buffers;
using System.Text.Json;

namespace TasksBus.Server.Http;

/// <summary>Answers that are written field by field.</summary>
internal static class ApiAnswers
{
    public const string ContentType = "application/json; charset=utf-8";

    public static IResult Json(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            write(writer);
        }

        return Results.Bytes(buffer.WrittenMemory, ContentType);
    }
}
