using System.Text.Json;

namespace TasksBus.Storage.Model;

/// <summary>The stored form of lists of texts: a JSON array, or null when there are none.</summary>
internal static class StoredTexts
{
    public static string? Write(IReadOnlyCollection<string> texts) => texts.Count == 0 ? null : JsonSerializer.Serialize(texts);

    public static string[] Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<string[]>(json)!;
}
