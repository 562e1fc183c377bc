using System.ComponentModel;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace TasksBus.Service.OpenApi.Schemas;

[Description("A JSON object, or no body at all. Unknown fields are ignored.")]
internal sealed record ExecutionSchema
{
    [Description("The input; the function gets it as its event's data.")]
    public JsonObject? Data { get; init; }
}

[Description("The finished task, with what its function returned.")]
internal sealed record ExecutedTaskSchema : TaskSchema
{
    [Description("Any JSON.")]
    [JsonPropertyOrder(1)]
    public new required JsonNode? Result { get; init; }
}

[Description("Anything, of any content type.")]
[Keywords("{}")]
internal readonly struct AnythingSchema;

[Keywords("""{"type":"string","examples":["hello"]}""")]
internal readonly struct RequestPathSchema;

internal sealed record ApiRequestSchema
{
    public required IdSchema Id { get; init; }

    public required string FunctionName { get; init; }

    public required string Method { get; init; }

    [Description(
        "What follows the function's name, with the names of the query's parameters: their values are left out, unless "
        + "TasksBus:KeepQueryStrings keeps them.")]
    public required string Path { get; init; }

    public string UserId { get; init; } = null!;

    public string ApplicationId { get; init; } = null!;

    [Description("Of the answer that the caller got.")]
    public required int StatusCode { get; init; }

    public required TimestampSchema Timestamp { get; init; }

    [Description("Seconds.")]
    [Keywords("""{"minimum":0}""")]
    public required double Duration { get; init; }

    public ApiRequestErrorSchema Error { get; init; } = null!;
}

internal sealed record ApiRequestErrorSchema
{
    public required ApiRequestErrorTypeSchema Type { get; init; }

    public required string Name { get; init; }

    public required string Message { get; init; }
}

internal enum ApiRequestErrorTypeSchema
{
    Invocation,
    Runtime,
    Response,
}

internal sealed record ApiRequestPageSchema
{
    public required string Query { get; init; }

    public required PageSchema Page { get; init; }

    public required ApiRequestSchema[] Data { get; init; }
}

internal sealed record FunctionLogPageSchema
{
    public required LogRangeSchema Page { get; init; }

    public required FunctionLogLineSchema[] Data { get; init; }
}

internal sealed record FunctionLogLineSchema
{
    public required string Message { get; init; }

    public required TimestampSchema EventTimestamp { get; init; }
}
