using System.Text.Json.Serialization;

namespace TasksBus.Tool.Commands;

/// <summary>What one check found.</summary>
/// <param name="State">One of the constants.</param>
/// <param name="Mend">What to do. Null when all is well.</param>
internal sealed record Finding(string Name, string State, string Text, string? Mend = null)
{
    public const string Ok = "ok";
    public const string Warning = "warning";
    public const string Failed = "failed";
}

/// <summary>All of them, in the order in which they were looked for.</summary>
internal sealed record Examined(Finding[] Checks);

/// <summary>How findings are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Examined))]
internal sealed partial class ExaminedJson : JsonSerializerContext;
