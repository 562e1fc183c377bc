using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TasksBus.Benchmarks.Hangfire;

/// <summary>What the line of JSON says.</summary>
internal sealed record Result([property: JsonPropertyOrder(-1)] string Load)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [JsonPropertyOrder(-2)]
    public string System { get; } = "hangfire";

    public string? Version { get; init; }

    public int? Jobs { get; init; }

    public double? Seconds { get; init; }

    public double? PerSecond { get; init; }

    public double? EnqueuePerSecond { get; init; }

    /// <summary>Milliseconds from the start of the enqueue call to the start of the job.</summary>
    public double? P50 { get; init; }

    public double? P99 { get; init; }

    public string? Settings { get; init; }

    public string? NotAvailable { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, s_json);
}
