using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Contracts;

/// <summary>Writes the ids of tasks as 24 hex digits, and reads them.</summary>
public sealed class TaskIdConverter : JsonConverter<TaskId>
{
    /// <inheritdoc/>
    public override TaskId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && TaskId.TryParse(reader.GetString(), out var id) ? id
        : throw new JsonException("Expected the id of a task: 24 hex digits, such as 507f1f77bcf86cd799439011.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.ToString());
    }
}
