using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace TasksBus.Query;

/// <summary>
/// The part of an object that <c>select</c> leaves: the named properties, and the named keys in them. In an array on the way it applies to
/// each object.
/// </summary>
public sealed class RqlSelection
{
    private readonly Dictionary<string, RqlSelection> _inside = [];

    /// <summary>Combines paths, each from the object inwards. If one path begins with another, the longer one decides.</summary>
    public RqlSelection(IEnumerable<IReadOnlyList<string>> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        foreach (var path in paths)
        {
            var node = this;
            foreach (var segment in path)
            {
                node = CollectionsMarshal.GetValueRefOrAddDefault(node._inside, segment, out _) ??= new([]);
            }
        }
    }

    /// <summary>Writes what is selected, each value unchanged.</summary>
    /// <param name="element">An object.</param>
    public void Write(Utf8JsonWriter writer, JsonElement element)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (_inside.Count == 0)
        {
            writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(element), skipInputValidation: true);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var item in element.EnumerateArray().Where(IsContainer))
            {
                Write(writer, item);
            }

            writer.WriteEndArray();
        }
        else
        {
            writer.WriteStartObject();
            foreach (var property in element.EnumerateObject())
            {
                if (NameOf(property) is { } name && _inside.TryGetValue(name, out var selection)
                    && (selection._inside.Count == 0 || IsContainer(property.Value)))
                {
                    writer.WritePropertyName(name);
                    selection.Write(writer, property.Value);
                }
            }

            writer.WriteEndObject();
        }
    }

    private static bool IsContainer(JsonElement element) => element.ValueKind is JsonValueKind.Object or JsonValueKind.Array;

    /// <summary>Returns null when the name contains half of a surrogate pair, which no path can name.</summary>
    private static string? NameOf(JsonProperty property)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(property);
        if (!raw.Contains((byte)'\\'))
        {
            return Encoding.UTF8.GetString(raw);
        }

        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
