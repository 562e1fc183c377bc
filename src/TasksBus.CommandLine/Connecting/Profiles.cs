using System.Text.Json.Serialization;

namespace TasksBus.Tool.Connecting;

/// <summary>The content of the file of profiles.</summary>
internal sealed record Profiles
{
    /// <summary>The name of the profile that counts when none is named.</summary>
    public string? Current { get; init; }

    [JsonPropertyName("profiles")]
    public SortedDictionary<string, ServerProfile> ByName { get; init; } = new(StringComparer.Ordinal);
}

/// <summary>How the file of profiles is read and written.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Profiles))]
internal sealed partial class ProfilesJson : JsonSerializerContext;
