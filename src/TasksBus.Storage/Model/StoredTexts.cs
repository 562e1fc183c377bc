using System.Text.Json;

namespace TasksBus.Storage.Model;

/// <summary>Lists of texts as columns hold them: a JSON array, or null where there are none.</summary>
internal static class StoredTexts
{
    public static string? Write(IReadOnlyCollection<string> texts) => texts.Count == 0 ? null : JsonSerializer.Serialize(texts);

    public static string[] Read(string? json) => json is null ? [] : JsonSerializer.Deserialize<string[]>(json)!;
}
