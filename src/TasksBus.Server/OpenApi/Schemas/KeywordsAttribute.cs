using System.Text.Json.Nodes;

namespace TasksBus.Server.OpenApi.Schemas;

/// <summary>Keywords of JSON Schema that .NET has no attribute for. On a struct without properties they are the whole schema.</summary>
/// <param name="json">A JSON object; none of its keywords may be one that is generated.</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct | AttributeTargets.Property)]
internal sealed class KeywordsAttribute(string json) : Attribute
{
    /// <summary>A new object each time: its parts become parts of the document.</summary>
    public JsonObject Read() => JsonNode.Parse(json)!.AsObject();
}
