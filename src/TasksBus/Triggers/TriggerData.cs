using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using TasksBus.Storage;

namespace TasksBus.Triggers;

/// <summary>The input of a task that an event triggers: the data of its action, with what it is about.</summary>
internal static class TriggerData
{
    private const string Event = "event";

    /// <summary>The event as its tasks get it.</summary>
    public static string Of(RaisedEvent raised) =>
        Encoding.UTF8.GetString(JsonOutput.ToBytes(writer => TriggerJson.WriteTrigger(writer, raised)).Span);

    /// <summary>The data with the event, which replaces a field of its name.</summary>
    /// <param name="raised">From <see cref="Of"/>.</param>
    public static JsonElement WithEvent(string? data, string raised) => With(data, (Event, raised));

    /// <summary>
    /// The data with other fields, which replace fields of their names and stand behind the rest. The rest stays as it was sent.
    /// </summary>
    public static JsonElement With(string? data, params ReadOnlySpan<(string Name, string Json)> fields)
    {
        StringBuilder text = new("{", (data?.Length ?? 0) + 256);
        if (data is not null)
        {
            foreach (var property in JsonElement.Parse(data).EnumerateObject())
            {
                if (!IsAmong(fields, property))
                {
                    Add(text, Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(property)), property.Value.GetRawText());
                }
            }
        }

        foreach (var (name, json) in fields)
        {
            Add(text, name, json);
        }

        return JsonElement.Parse(text.Append('}').ToString());
    }

    private static bool IsAmong(ReadOnlySpan<(string Name, string Json)> fields, JsonProperty property)
    {
        foreach (var (name, _) in fields)
        {
            if (property.NameEquals(name))
            {
                return true;
            }
        }

        return false;
    }

    private static void Add(StringBuilder text, string name, string json) =>
        text.Append(text.Length > 1 ? ",\"" : "\"").Append(name).Append("\":").Append(json);
}
